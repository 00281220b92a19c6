//go:build e2e

package services

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/clustertest/who"
)

// get sends a request to the HTTP API of a Pod's server.
func (f *fixture) get(t *testing.T, pod, path string, parameters map[string]string) (string, error) {
	t.Helper()
	body, err := f.client.CoreV1().Pods(f.namespace).ProxyGet("http", pod, "8080", path, parameters).DoRaw(t.Context())
	if err != nil {
		return "", fmt.Errorf("from %s: %w: %s", pod, err, body)
	}
	return string(body), nil
}

// ask sends requests from a Pod to the server at address.
func (f *fixture) ask(t *testing.T, pod, network, address string, times int) (answers []who.Answer, err error) {
	t.Helper()
	text, err := f.get(t, pod, "/ask", map[string]string{"network": network, "address": address, "times": strconv.Itoa(times)})
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		answer, err := who.Parse(line)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// mustAsk is like ask. It retries, because kube-proxy sets the rules of a new Service with a delay.
func (f *fixture) mustAsk(t *testing.T, pod, network, address string, times int) (answers []who.Answer) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, fmt.Sprintf("answers over %s at %s from %s", network, address, pod), func() (err error) {
		answers, err = f.ask(t, pod, network, address, times)
		return err
	})
	return answers
}

// hostAsk sends requests from the host, where the test runs.
func hostAsk(network, address string, times int) (answers []who.Answer, err error) {
	for range times {
		answer, err := who.Ask(network, address, "", 2*time.Second)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func mustHostAsk(t *testing.T, network, address string, times int) (answers []who.Answer) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, fmt.Sprintf("answers over %s at %s", network, address), func() (err error) {
		answers, err = hostAsk(network, address, times)
		return err
	})
	return answers
}

// wantServers checks that each of the servers, and no other, answered.
func wantServers(t *testing.T, answers []who.Answer, want ...string) {
	t.Helper()
	if got := distinct(answers, func(a who.Answer) string { return a.Server }); !slices.Equal(got, want) {
		t.Errorf("%q answered, want %q", got, want)
	}
}

// distinct returns the distinct values of a field of the answers, sorted.
func distinct(answers []who.Answer, field func(who.Answer) string) []string {
	var all []string
	for _, answer := range answers {
		all = append(all, field(answer))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func clients(answers []who.Answer) []string {
	return distinct(answers, func(a who.Answer) string { return a.Client })
}

// wantNobody waits until ask fails within a second.
func wantNobody(t *testing.T, what string, ask func() ([]who.Answer, error)) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, what+" to be refused", func() error {
		started := time.Now()
		answers, err := ask()
		if took := time.Since(started); err == nil || took > time.Second {
			return fmt.Errorf("%v, %w after %s", answers, errors.Join(err), took)
		}
		return nil
	})
}

func hostPort(host string, port int32) string { return fmt.Sprintf("%s:%d", host, port) }
