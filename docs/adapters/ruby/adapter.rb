# Calls client.rb for modelslab-mock check-client --adapter "ruby adapter.rb"
require_relative "client"

$stdout.sync = true # each line leaves at once

def say(**told) = puts(told.to_json)

while (line = $stdin.gets)
  told = JSON.parse(line)
  case told["op"]
  when "hello"
    say(op: "hello", v: 1, name: "client.rb", language: "ruby #{RUBY_VERSION}",
        caps: { virtual_time: "tied", exact_integers: true })
  when "call"
    begin
      images = Painter.new(told["base_url"], told["key"]).draw(told["request"])
      say(op: "result", seq: told["seq"], kind: "images", images: images)
    rescue StandardError => e
      say(op: "result", seq: told["seq"], kind: "error", message: e.message, class: e.class.name)
    end
  else break # bye
  end
end
