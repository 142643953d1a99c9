// A small client: it submits, fetches until the job ends, and says what the server said.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"
)

// Sleep and Now are the client's time, which a test may replace: Go's own cannot be.
var (
	Sleep = time.Sleep
	Now   = time.Now
)

const patience = 2 * time.Minute

var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func Draw(api, key string, order map[string]any) (any, error) {
	deadline := Now().Add(patience)
	answer, err := ask(api+"/api/v6/images/text2img", key, order)
	id := answer["id"]
	for err == nil && answer["status"] == "processing" {
		if Now().After(deadline) {
			return nil, errors.New("timed out")
		}
		eta, _ := answer["eta"].(json.Number)
		seconds, _ := eta.Float64()
		Sleep(time.Duration(math.Max(3, seconds) * float64(time.Second)))
		answer, err = ask(fmt.Sprintf("%s/api/v6/images/fetch/%v", api, id), key, map[string]any{})
	}
	return answer["output"], err
}

func ask(url, key string, order map[string]any) (answer map[string]any, err error) {
	order["key"] = key
	body, _ := json.Marshal(order)
	reply, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	reader := json.NewDecoder(reply.Body)
	reader.UseNumber()
	if err := reader.Decode(&answer); err != nil {
		return nil, fmt.Errorf("HTTP %d: no JSON", reply.StatusCode)
	}
	if answer["status"] == "success" || answer["status"] == "processing" {
		return answer, nil
	}
	says := answer["message"]
	if says == nil {
		says = answer["messege"]
	}
	return nil, fmt.Errorf("HTTP %d: %v", reply.StatusCode, says)
}
