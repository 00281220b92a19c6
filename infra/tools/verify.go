package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/matrix"
)

const (
	// explorerOutput is the stack's output with the explorer's URL.
	explorerOutput = "explorerUrl"
	// explorerVariable overrides it, for a Service that is reached by a port-forward.
	explorerVariable = "EXPLORER_URL"

	// verifyLimit bounds the whole command; the explorer takes 3 to 8 seconds.
	verifyLimit = 30 * time.Second
	// quiet is how long nothing is said while the explorer measures.
	quiet = 5 * time.Second
	// largestMatrix is far more than one of 1,000 Pods.
	largestMatrix = 64 << 20
)

// verify has the explorer measure who reaches whom, prints it, and writes it to folder as matrix.json and junit.xml. Any
// difference to what is declared is an error.
func (b *builder) verify(ctx context.Context, out *os.File, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	// Where nothing can be measured, who collects the files afterwards must not find those of an earlier run.
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	explorer, err := b.explorerURL(ctx)
	if err != nil {
		return err
	}
	waiting := time.AfterFunc(quiet, func() {
		b.report.say("verify: the explorer at %s is still measuring; it has %s in all", withoutCredentials(explorer), verifyLimit)
	})
	answer, err := askForMatrix(ctx, explorer)
	waiting.Stop()
	if err != nil {
		return err
	}
	measured, err := matrix.Read(answer)
	if err != nil {
		return err
	}
	fmt.Fprint(out, measured.Text(newReport(out).red))
	if err := writeMatrix(folder, answer, measured); err != nil {
		return err
	}
	shown, err := filepath.Rel(b.root, folder)
	if err != nil {
		return err
	}
	b.report.say("verify: matrix.json and junit.xml are in %s", shown)
	if differences := len(measured.Differences()); differences > 0 {
		return fmt.Errorf("%d of %d connections are not as declared", differences, len(measured.Rows))
	}
	return nil
}

// explorerURL is where the explorer can be asked from here.
func (b *builder) explorerURL(ctx context.Context) (string, error) {
	if given := os.Getenv(explorerVariable); given != "" {
		if parsed, err := url.Parse(given); err != nil || parsed.Host == "" { // net/url's error quotes it
			return "", fmt.Errorf("%s is not a URL such as http://127.0.0.1:8080", explorerVariable)
		}
		return strings.TrimSuffix(given, "/"), nil
	}
	outputs, err := b.outputs(ctx)
	if err != nil {
		return "", err
	}
	return reachableExplorer(outputs)
}

func reachableExplorer(outputs map[string]any) (string, error) {
	explorer, _ := outputs[explorerOutput].(string)
	switch {
	case explorer == "":
		return "", errors.New("the stack has no explorer yet: run make up first")
	case !slices.Contains(urlsFromHere(outputs), explorer):
		return "", fmt.Errorf("the explorer is at %s, which cannot be reached from outside of the cluster: run `kubectl port-forward "+
			"--namespace %v service/explorer 8080:80` in another shell, then `make verify %s=http://127.0.0.1:8080`",
			explorer, outputs["namespace"], explorerVariable)
	}
	return explorer, nil
}

// outputs are those of the stack.
func (b *builder) outputs(ctx context.Context) (map[string]any, error) {
	if err := b.needStack(ctx); err != nil {
		return nil, err
	}
	content, err := b.pulumi(ctx, nil, "stack", "output", "--json")
	if err != nil {
		return nil, fmt.Errorf("read the stack's outputs, which make up makes: %w", err)
	}
	var outputs map[string]any
	if err := json.Unmarshal(content, &outputs); err != nil {
		return nil, fmt.Errorf("read the stack's outputs: %w", err)
	}
	return outputs, nil
}

// askForMatrix has the explorer at this URL measure, and returns its answer.
func askForMatrix(ctx context.Context, explorer string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, explorer+"/matrix.json", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask the explorer: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed := new(url.Error); errors.As(err, &failed) {
			err = fmt.Errorf("%s: %w", withoutCredentials(explorer), failed.Err)
		}
		return nil, fmt.Errorf("the explorer cannot be asked: %w; see whether the cluster and its Pod run (make up, kubectl get pods), "+
			"or name another way to it, such as a port-forward: make verify %s=http://127.0.0.1:8080", err, explorerVariable)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, largestMatrix))
	if err != nil {
		return nil, fmt.Errorf("read the explorer's answer: %w", err)
	}
	if response.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("the explorer at %s has no matrix: it is older than this checkout, and make up brings the one of now",
			withoutCredentials(explorer))
	}
	if response.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		if json.Unmarshal(answer, &problem) != nil || problem.Detail == "" {
			problem.Detail = "it does not say why"
		}
		return nil, fmt.Errorf("the explorer at %s answers %s: %s", withoutCredentials(request.URL.String()), response.Status, problem.Detail)
	}
	return bytes.TrimSpace(answer), nil
}

// withoutCredentials returns a URL without user, password and query, for messages.
func withoutCredentials(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return explorerVariable
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}

func writeMatrix(folder string, answer []byte, measured matrix.Matrix) error {
	indented, err1 := matrix.JSON(answer)
	junit, err2 := measured.JUnit()
	if err := errors.Join(err1, err2, os.MkdirAll(folder, 0o755)); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "matrix.json"), indented, 0o644),
		os.WriteFile(filepath.Join(folder, "junit.xml"), junit, 0o644),
	)
}
