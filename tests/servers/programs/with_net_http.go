// A client as people write it.
package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	order := `{"key": "k", "prompt": "a fox", "width": 64, "height": 64}`
	reply, err := http.Post("https://modelslab.com/api/v6/realtime/text2img", "application/json", strings.NewReader(order))
	must(err)
	var answer struct{ Output []string }
	must(json.NewDecoder(reply.Body).Decode(&answer))
	picture, err := http.Get(answer.Output[0])
	must(err)
	file, err := os.Create(os.Args[1])
	must(err)
	_, err = io.Copy(file, picture.Body)
	must(err)
}
