# A client as people write it.
require "json"
require "net/http"

order = { key: "k", prompt: "a fox", width: 64, height: 64 }
reply = Net::HTTP.post(URI("https://modelslab.com/api/v6/realtime/text2img"), order.to_json, "Content-Type" => "application/json")
File.binwrite(ARGV[0], Net::HTTP.get(URI(JSON.parse(reply.body)["output"][0])))
