// Calls client.go for modelslab-mock check-client --adapter ./adapter; tied.go is its time.
package main

import (
	"encoding/json"
	"os"
)

type line = map[string]any

func main() {
	Sleep, Now = tiedSleep, tiedNow
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	in.UseNumber() // a seed beyond 2^53 would be rounded
	for told := (line{}); in.Decode(&told) == nil && told["op"] != "bye"; told = (line{}) {
		if told["op"] == "hello" {
			caps := line{"virtual_time": "tied", "exact_integers": true}
			out.Encode(line{"op": "hello", "v": 1, "name": "client.go", "caps": caps})
		} else if images, err := Draw(told["base_url"].(string), told["key"].(string), told["request"].(line)); err == nil {
			out.Encode(line{"op": "result", "seq": told["seq"], "kind": "images", "images": images})
		} else {
			out.Encode(line{"op": "result", "seq": told["seq"], "kind": "error", "message": err.Error()})
		}
	}
}
