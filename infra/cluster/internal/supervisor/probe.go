package supervisor

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Probe is a check that is repeated until it succeeds. The zero Probe succeeds at once.
type Probe struct {
	// Name describes success for the log, as in "GET http://127.0.0.1:2381/health answers 200".
	Name  string
	Check func(context.Context) error
}

// HTTPGet returns a probe of a health endpoint on the loopback. It accepts any certificate: components sign their own,
// and the request contains nothing secret.
func HTTPGet(url string) Probe {
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}}
	return Probe{"GET " + url + " answers 200", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s: %s", url, response.Status)
		}
		return nil
	}}
}

// Dial returns a probe that opens a connection.
func Dial(network, address string) Probe {
	return Probe{address + " accepts connections", func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}}
}

// warnPeriod is how often the supervisor logs what it waits for. A start takes a few seconds.
const warnPeriod = 10 * time.Second

// await polls the check until it succeeds. The log names the component that waits.
func (p Probe) await(ctx context.Context, component string) error {
	if p.Check == nil {
		return nil
	}
	next := time.Now().Add(warnPeriod)
	return Poll(ctx, probePeriod, func(ctx context.Context) error {
		err := p.Check(ctx)
		if err != nil && time.Now().After(next) {
			slog.Warn("component still waits", "component", component, "until", p.Name, "error", err)
			next = time.Now().Add(warnPeriod)
		}
		return err
	})
}

// probeTimeout bounds one attempt of Poll.
const probeTimeout = 2 * time.Second

// Poll calls check every period until it returns nil. If ctx ends first, it returns the last error of check, but not
// the error of an attempt that ctx interrupted if an earlier attempt failed.
func Poll(ctx context.Context, period time.Duration, check func(context.Context) error) error {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	var last error
	for {
		attempt, cancel := context.WithTimeout(ctx, probeTimeout)
		err := check(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return last
		}
	}
}
