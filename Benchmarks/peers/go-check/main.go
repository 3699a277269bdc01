// The shortest health check in Go: exit code 0 for a status below 400.
package main

import (
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	response, err := (&http.Client{Timeout: 5 * time.Second}).Get(os.Args[1])
	if err != nil || response.StatusCode >= 400 {
		os.Exit(1)
	}
	io.Copy(os.Stdout, response.Body)
}
