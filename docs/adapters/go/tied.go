package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// tiedSleep moves the kit's clock, and takes no time.
func tiedSleep(d time.Duration) {
	body := fmt.Sprintf(`{"sleep": %f}`, d.Seconds())
	if reply, err := http.Post(os.Getenv("MODELSLAB_TIME_URL"), "application/json", strings.NewReader(body)); err == nil {
		reply.Body.Close()
	}
}

// tiedNow is what the kit's clock shows.
func tiedNow() time.Time {
	var seconds float64
	text, _ := os.ReadFile(os.Getenv("MODELSLAB_TIME_FILE"))
	fmt.Sscan(string(text), &seconds)
	return time.UnixMicro(int64(seconds * 1e6))
}
