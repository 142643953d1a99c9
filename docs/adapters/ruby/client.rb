# A small client: it submits, fetches until the job ends, and says what the server said.
require "json"
require "net/http"

class PainterError < StandardError; end

class Painter
  PATIENCE = 120

  def initialize(api, key)
    @api = api
    @key = key
  end

  def draw(order)
    deadline = now + PATIENCE
    answer = ask("/api/v6/images/text2img", order)
    id = answer["id"]
    while answer["status"] == "processing"
      raise PainterError, "timed out" if now > deadline

      sleep [3, answer["eta"].to_f].max
      answer = ask("/api/v6/images/fetch/#{id}", {})
    end
    answer["output"]
  end

  private

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def ask(path, order)
    reply = Net::HTTP.post(URI(@api + path), order.merge(key: @key).to_json, "Content-Type" => "application/json")
    answer = JSON.parse(reply.body)
    return answer if %w[success processing].include?(answer["status"])

    raise PainterError, answer["message"] || answer["messege"] || "HTTP #{reply.code}"
  rescue JSON::ParserError, SystemCallError, EOFError, Net::ProtocolError, Timeout::Error => e
    raise PainterError, "no answer: #{e.message}"
  end
end
