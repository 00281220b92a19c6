package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	dialFor      = time.Second // how long dial repeats each connection
	dialInterval = 20 * time.Millisecond
	dialTimeout  = 5 * time.Second // longer than the kernel takes to send a dropped SYN again, twice
)

// dial connects to each target from the first instruction of the container, again and again for a second. A target is a
// word and an address: allowed=10.244.0.2:8081. It prints a line for each connection: the word, the result, and the
// milliseconds until then. After the last one it waits for its end, so that the container starts again only with the
// cluster.
func dial(targets []string) {
	interval := time.NewTicker(dialInterval)
	defer interval.Stop()
	var all sync.WaitGroup
	for range dialFor / dialInterval {
		for _, target := range targets {
			word, address, _ := strings.Cut(target, "=")
			all.Go(func() {
				began := time.Now()
				result := result(address)
				fmt.Printf("%s %s %d\n", word, result, time.Since(began).Milliseconds())
			})
		}
		<-interval.C
	}
	all.Wait()
	fmt.Println("done")
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
}

func result(address string) string {
	connection, err := net.DialTimeout("tcp4", address, dialTimeout)
	var failure net.Error
	switch {
	case err == nil:
		connection.Close()
		return "open"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.As(err, &failure) && failure.Timeout():
		return "silent"
	}
	return strings.ReplaceAll(err.Error(), " ", "-")
}
