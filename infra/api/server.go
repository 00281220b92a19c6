// Package api reads the state of the stack's cluster from its API server. Start with Connect.
//
// It decodes JSON into structs of its own, because the API's Go types take longer to compile than the rest of this
// package including client-go.
package api

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

// timeout of a request. A response takes milliseconds.
const timeout = 5 * time.Second

// ErrForbidden is wrapped by the errors of requests that the kubeconfig's user is not allowed to make.
var ErrForbidden = errors.New("not allowed")

// ErrNotFound is wrapped by the errors of requests for an object that does not exist.
var ErrNotFound = errors.New("not found")

// Server is a client of a cluster's API server.
type Server struct {
	client     *http.Client
	address    string
	kubeconfig kubeconfig.Kubeconfig
}

// Connect returns a client with the credentials of a context of the kubeconfig, or of its current one if context is
// empty. It sends no request. The error is about the kubeconfig. Call DiscardStderr before it.
func Connect(from kubeconfig.Kubeconfig, context string) (*Server, error) {
	config, err := readKubeconfig(from, context)
	if err != nil {
		return nil, err
	}
	client, err := newClient(config)
	if err != nil {
		return nil, fmt.Errorf("use the kubeconfig %s: %w", from, hide(from, err))
	}
	return &Server{client: client, address: strings.TrimSuffix(config.Host, "/"), kubeconfig: from}, nil
}

// Answers returns nil if the API server responds and accepts the credentials. It requests the list of API versions,
// which requires credentials and no rights.
func (s *Server) Answers(ctx context.Context) error {
	return s.Get(ctx, "/api", &struct{}{})
}

// Get decodes the JSON at this path into answer. It takes up to five seconds. The error has one line; it wraps
// ErrForbidden if the kubeconfig's user may not read the path, and ErrNotFound if nothing is there.
func (s *Server) Get(ctx context.Context, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+path, http.NoBody)
	if err != nil {
		// The error of net/url quotes the address.
		return fmt.Errorf("the address of the API server in the kubeconfig %s is not a URL", s.kubeconfig)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return s.unavailable(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s.refused(response)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the response of the API server %s: %w", s.shown(), err)
	}
	return nil
}

// unavailable returns the error of a request without a response.
func (s *Server) unavailable(err error) error {
	// Another cluster may have the address now. Its certificate is not the one that the kubeconfig trusts.
	if foreign := new(tls.CertificateVerificationError); errors.As(err, &foreign) {
		return fmt.Errorf("the API server at %s is not the one of the kubeconfig %s, another cluster may have its "+
			"address: %w", s.shown(), s.kubeconfig, foreign.Err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("API server %s does not answer within %s", s.shown(), timeout)
	}
	if sent := new(url.Error); errors.As(err, &sent) {
		err = sent.Err // without the path of the request
	}
	if text := err.Error(); strings.HasPrefix(text, "getting credentials: ") {
		return s.noCredentials(text)
	}
	return fmt.Errorf("API server %s does not answer: %w", s.shown(), err)
}

var exitCode = regexp.MustCompile(`exit code \d+`)

// noCredentials returns the error of a credential plugin. It quotes nothing but the exit code of client-go's error,
// which has parts of the plugin's output and of the kubeconfig.
func (s *Server) noCredentials(text string) error {
	cause := "its output is not valid"
	if code := exitCode.FindString(text); code != "" {
		cause = code
	}
	return fmt.Errorf("the program that returns the credentials of the kubeconfig %s fails: %s; "+
		"`kubectl get --raw /api` with this kubeconfig shows its messages", s.kubeconfig, cause)
}

// refused returns the error of a response with another status than 200, which quotes the message of the API server.
func (s *Server) refused(response *http.Response) error {
	var status struct{ Message string }
	if err := json.NewDecoder(response.Body).Decode(&status); err != nil || status.Message == "" {
		status.Message = response.Status
	}
	switch response.StatusCode {
	case http.StatusUnauthorized:
		return fmt.Errorf("the API server %s refuses the credentials of the kubeconfig %s (%s), they may have expired",
			s.shown(), s.kubeconfig, status.Message)
	case http.StatusForbidden:
		return fmt.Errorf("the kubeconfig %s: %w: %s", s.kubeconfig, ErrForbidden, status.Message)
	}
	if response.StatusCode == http.StatusNotFound {
		return fmt.Errorf("the API server %s answers: %w: %s", s.shown(), ErrNotFound, status.Message)
	}
	return fmt.Errorf("the API server %s answers: %s", s.shown(), status.Message)
}

// shown returns the address without credentials, for messages.
func (s *Server) shown() string { return redact.Text(s.address) }
