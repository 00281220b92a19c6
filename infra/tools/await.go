package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// awaitLimit bounds the wait for the demo's URLs; on a slow machine a restarted database takes a tenth of it.
	awaitLimit  = 2 * time.Minute
	awaitPeriod = 100 * time.Millisecond
)

// await returns when the URLs among the stack's outputs answer that they are ready. After the cluster was restarted,
// `pulumi up` finds nothing to change and returns before the Pods are back.
func (b *builder) await(ctx context.Context) error {
	outputs, err := b.outputs(ctx)
	if err != nil {
		return err
	}
	urls := awaited(outputs)
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	said := time.Now()
	ticker := time.NewTicker(awaitPeriod)
	defer ticker.Stop()
	for len(urls) > 0 {
		if err = ready(ctx, urls[0]); err == nil {
			urls = urls[1:]
			continue
		}
		if time.Since(said) > 5*time.Second {
			said = time.Now()
			b.report.say("waiting for %s: %v", strings.Join(urls, ", "), err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer within %s: %w; see `kubectl get pods,events`", urls[0], awaitLimit, err)
		}
	}
	return nil
}

// awaited are the URLs that have to answer: all that can be reached from here, or, while a lab breaks the demo, the
// explorer's alone.
func awaited(outputs map[string]any) []string {
	urls := urlsFromHere(outputs)
	if labOf(outputs) == "" {
		return urls
	}
	return slices.DeleteFunc(urls, func(url string) bool { return url != outputs[explorerOutput] })
}

// labOf is how the demo is broken on purpose; empty if it is not.
func labOf(outputs map[string]any) string {
	lab, _ := outputs["lab"].(string)
	return lab
}

// urlsFromHere are the URLs among the stack's outputs that can be reached from this machine: not those that hold an
// in-cluster name, nor a place that the reader has to fill in.
func urlsFromHere(outputs map[string]any) []string {
	var urls []string
	for _, value := range outputs {
		url, _ := value.(string)
		if strings.HasPrefix(url, "http") && !strings.Contains(url, ".svc") && !strings.Contains(url, "<") {
			urls = append(urls, url)
		}
	}
	slices.Sort(urls)
	return urls
}

func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return errors.Join(errors.New(response.Status), response.Body.Close())
	}
	return response.Body.Close()
}
