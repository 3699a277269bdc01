// A fleet as Gatus watches it: one goroutine a target, which sleeps, asks and remembers. Gatus' memory store keeps the last
// 100 results of each, and counts them by hour.
//
//	go-fleet BASE TARGETS SECONDS    prints the number of results once a second
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type result struct {
	status   int
	duration time.Duration
	time     time.Time
	err      string
}

type service struct {
	sync.RWMutex
	results []result
	hours   map[int64][2]int
	failing int
}

func (s *service) add(one result) {
	s.Lock()
	defer s.Unlock()
	if len(s.results) == 100 {
		copy(s.results, s.results[1:])
		s.results = s.results[:99]
	}
	s.results = append(s.results, one)
	hour := one.time.Truncate(time.Hour).Unix()
	counts := s.hours[hour]
	counts[0]++
	if one.status == 200 {
		counts[1]++
		s.failing = 0
	} else {
		s.failing++
	}
	s.hours[hour] = counts
}

var done, failed atomic.Int64

func watch(client *http.Client, url string, s *service, interval, delay time.Duration) {
	time.Sleep(delay)
	for {
		begun := time.Now()
		one := result{time: begun}
		if response, err := client.Get(url); err != nil {
			one.err = err.Error()
		} else {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			one.status = response.StatusCode
		}
		one.duration = time.Since(begun)
		s.add(one)
		done.Add(1)
		if one.status != 200 {
			failed.Add(1)
		}
		time.Sleep(interval - time.Since(begun))
	}
}

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.ParseFloat(os.Args[3], 64)
	interval := time.Duration(seconds * float64(time.Second))
	for i := 0; i < count; i++ {
		// Gatus makes a client for each endpoint.
		client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
		delay := interval * time.Duration(i) / time.Duration(count)
		go watch(client, fmt.Sprintf("%s/%d", os.Args[1], i), &service{hours: map[int64][2]int{}}, interval, delay)
	}
	for range time.Tick(time.Second) {
		fmt.Println(done.Load(), failed.Load())
	}
}
