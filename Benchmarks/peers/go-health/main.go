// A Go bot with a health page: net/http as it comes. Argument: the port.
//
// The JSON of the same eight keys, computed for each request.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

type report struct {
	Status        string  `json:"status"`
	UptimeSeconds float64 `json:"uptime_seconds"`
	LastUpdateAgo float64 `json:"last_update_ago"`
	TotalUpdates  int64   `json:"total_updates"`
	TotalErrors   int64   `json:"total_errors"`
	ErrorRate     float64 `json:"error_rate"`
	Timestamp     string  `json:"timestamp"`
	BotVersion    string  `json:"bot_version"`
}

var (
	start      = time.Now()
	updates    int64
	errors     int64
	lastUpdate int64
)

func health(w http.ResponseWriter, _ *http.Request) {
	now := time.Since(start)
	count, failed := atomic.LoadInt64(&updates), atomic.LoadInt64(&errors)
	ago := now - time.Duration(atomic.LoadInt64(&lastUpdate))
	answer := report{
		Status: "healthy", UptimeSeconds: now.Seconds(), LastUpdateAgo: ago.Seconds(),
		TotalUpdates: count, TotalErrors: failed,
		Timestamp: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), BotVersion: "2.0.1",
	}
	if count > 0 {
		answer.ErrorRate = float64(failed) / float64(count)
	}
	status := http.StatusOK
	if ago > 300*time.Second {
		answer.Status = "unhealthy"
		status = http.StatusServiceUnavailable
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func main() {
	go func() { // the bot: 50 updates a second
		for range time.Tick(20 * time.Millisecond) {
			atomic.AddInt64(&updates, 1)
			atomic.StoreInt64(&lastUpdate, int64(time.Since(start)))
		}
	}()
	http.HandleFunc("/health", health)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
