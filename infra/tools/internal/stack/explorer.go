package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
)

const (
	// explorerOutput is the output of the stack that holds the explorer's URL.
	explorerOutput = "explorerUrl"
	// explorerVariable overrides it, such as with the address of a port-forward.
	explorerVariable = "EXPLORER_URL"
	// answerLimit bounds an answer of the explorer. The matrix of 1,000 Pods is much smaller.
	answerLimit = 64 << 20
)

// givenExplorer returns the URL in the environment, empty for none.
func givenExplorer() (string, error) {
	given := os.Getenv(explorerVariable)
	if given == "" {
		return "", nil
	}
	if parsed, err := url.Parse(given); err != nil || parsed.Host == "" { // the error of net/url holds the value
		return "", fmt.Errorf("%s is not a URL such as http://127.0.0.1:8080", explorerVariable)
	}
	return strings.TrimSuffix(given, "/"), nil
}

// explorerURL returns the URL of the explorer that can be reached from here.
func (s *Stack) explorerURL(ctx context.Context) (string, error) {
	if given, err := givenExplorer(); given != "" || err != nil {
		return given, err
	}
	outputs, err := s.outputs(ctx)
	if err != nil {
		return "", err
	}
	return reachableExplorer(outputs)
}

func reachableExplorer(outputs map[string]any) (string, error) {
	explorer, _ := outputs[explorerOutput].(string)
	switch {
	case explorer == "":
		return "", errors.New("the stack has no explorer yet: run " + makeCommand("up"))
	case !slices.Contains(urlsFromHere(outputs), explorer):
		return "", fmt.Errorf("the explorer is at %s, which cannot be reached from outside the cluster: run `kubectl port-forward "+
			"--namespace %v service/explorer 8080:80` in another `%s`, then `%s`",
			explorer, outputs["namespace"], makeCommand("shell"), verifyForwarded())
	}
	return explorer, nil
}

// verifyForwarded returns the command that verifies through a port-forward.
func verifyForwarded() string {
	return makeCommand("verify " + explorerVariable + "=http://127.0.0.1:8080")
}

// explorerAddress returns the URL of the explorer, and the command that makes it reachable there, empty if none is
// needed.
func explorerAddress(outputs map[string]any) (address, forward string) {
	explorer, _ := outputs[explorerOutput].(string)
	if explorer == "" || slices.Contains(urlsFromHere(outputs), explorer) {
		return explorer, ""
	}
	return "http://127.0.0.1:8080", fmt.Sprintf("kubectl -n %v port-forward service/explorer 8080:80", outputs["namespace"])
}

// get returns the explorer's answer to a GET request: its status, and its body. The error holds no credentials of the
// URL.
func get(ctx context.Context, explorer, path string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, explorer+path, http.NoBody)
	if err != nil {
		return 0, nil, errors.New("this is not a URL")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed := new(url.Error); errors.As(err, &failed) {
			err = failed.Err
		}
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, answerLimit))
	return response.StatusCode, body, err
}

// decode reads the data of an answer of the explorer.
func decode(body []byte, data any) error {
	return json.Unmarshal(body, &struct{ Data any }{data})
}

// withoutCredentials returns a URL without user, password and query, for messages.
func withoutCredentials(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return explorerVariable
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}
