package stack

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
	// awaitTimeout bounds the wait for the URLs of the demo. A restarted database on a slow machine takes a tenth of
	// it.
	awaitTimeout = 2 * time.Minute
	awaitPeriod  = 100 * time.Millisecond
)

// Await waits until the URLs of the demo answer that they are ready and, on the embedded cluster, its Pods are. After a
// restart of the cluster, `pulumi up` finds nothing to change and returns before the Pods are back.
func (s *Stack) Await(ctx context.Context) error {
	outputs, err := s.outputs(ctx)
	if err != nil {
		return err
	}
	namespace := fmt.Sprint(outputs["namespace"])
	if err := s.awaitURLs(ctx, urlsToAwait(outputs), namespace); err != nil {
		return err
	}
	if stackName() != devStack || labOf(outputs) != "" { // a lab may keep Pods from becoming ready
		return nil
	}
	return s.awaitPods(ctx, namespace)
}

func (s *Stack) awaitURLs(ctx context.Context, urls []string, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, awaitTimeout)
	defer cancel()
	reported := time.Now()
	ticker := time.NewTicker(awaitPeriod)
	defer ticker.Stop()
	for len(urls) > 0 {
		err := ready(ctx, urls[0])
		if err == nil {
			urls = urls[1:]
			continue
		}
		if time.Since(reported) > silence {
			reported = time.Now()
			s.report.Printf("waiting for %s: %v", strings.Join(urls, ", "), err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer within %s: %w; see %s", urls[0], awaitTimeout, err, showPods(namespace))
		}
	}
	return nil
}

func (s *Stack) awaitPods(ctx context.Context, namespace string) error {
	for _, kind := range []string{"deployments", "statefulsets"} {
		waiting := time.AfterFunc(silence, func() {
			s.report.Printf("waiting up to %s for the %s in the namespace %s", awaitTimeout, kind, namespace)
		})
		_, err := s.Output(ctx, nil, "kubectl", "rollout", "status", kind, "--namespace", namespace,
			"--selector", "app.kubernetes.io/part-of=kubernetes-networking", "--timeout="+awaitTimeout.String())
		waiting.Stop()
		if err != nil {
			return fmt.Errorf("the %s in the namespace %s are not ready: %s; see %s", kind, namespace, reason(err), showPods(namespace))
		}
	}
	return nil
}

// showPods returns the command that shows why Pods are not ready.
func showPods(namespace string) string {
	return fmt.Sprintf("`kubectl get pods,events -n %s` in `%s`", namespace, makeCommand("shell"))
}

// urlsToAwait returns the URLs that must answer: all that can be reached from here or, while a lab breaks the demo, the
// explorer's.
func urlsToAwait(outputs map[string]any) []string {
	urls := urlsFromHere(outputs)
	if labOf(outputs) == "" {
		return urls
	}
	return slices.DeleteFunc(urls, func(url string) bool { return url != outputs[explorerOutput] })
}

// labOf returns the deployed lab, empty for none.
func labOf(outputs map[string]any) string {
	lab, _ := outputs["lab"].(string)
	return lab
}

// urlsFromHere returns the URLs that can be reached from this machine. It omits those with an in-cluster name, and
// those with a placeholder such as <address of any node>.
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
