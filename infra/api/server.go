// Package api asks the API server of the stack's cluster what the program has to know of the cluster itself.
//
// It reads JSON into structs of its own, because the API's Go types would take longer to compile than all the rest of
// this package with client-go.
package api

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

// patience is how long an answer may take. On a network it takes milliseconds.
const patience = 5 * time.Second

// ErrForbidden is in the error of a question that the kubeconfig's user may not ask.
var ErrForbidden = errors.New("not allowed")

// ErrNotFound is in the error of a question for an object that does not exist.
var ErrNotFound = errors.New("not found")

// Server is the API server of a cluster, asked with the credentials of a kubeconfig.
type Server struct {
	client     *http.Client
	address    string
	kubeconfig kubeconfig.Kubeconfig
}

// Connect reads the kubeconfig; context is one of its contexts, or empty for the current one. It asks
// nothing yet. The error says what is wrong with the kubeconfig.
func Connect(from kubeconfig.Kubeconfig, context string) (*Server, error) {
	config, err := readKubeconfig(from, context)
	if err != nil {
		return nil, err
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("use the kubeconfig %s: %w", from, err)
	}
	return &Server{client: client, address: strings.TrimSuffix(config.Host, "/"), kubeconfig: from}, nil
}

// Answers returns nil if the API server answers and takes the credentials. It asks for the list of API versions, which
// every user may read, and nobody without credentials.
func (s *Server) Answers(ctx context.Context) error {
	return s.get(ctx, "/api", &struct{}{})
}

// Get reads the JSON at this path into answer. The error is ErrForbidden where the kubeconfig's user may not read it, and
// ErrNotFound where nothing is there.
func (s *Server) Get(ctx context.Context, path string, answer any) error {
	return s.get(ctx, path, answer)
}

// get reads the JSON at this path into answer. The error says in one line what stands in the way.
func (s *Server) get(ctx context.Context, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("the address of the API server in the kubeconfig %s is not a URL", s.kubeconfig) // net/url's error quotes it
	}
	response, err := s.client.Do(request)
	if err != nil {
		return s.silent(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s.refused(response)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the answer of the API server %s: %w", s.shown(), err)
	}
	return nil
}

// silent explains why there is no answer.
func (s *Server) silent(err error) error {
	// The certificate has to be the one that the kubeconfig trusts, because another cluster may have taken the address.
	if foreign := new(tls.CertificateVerificationError); errors.As(err, &foreign) {
		return fmt.Errorf("the API server at %s is not the one of the kubeconfig %s, another cluster may have its "+
			"address: %w", s.shown(), s.kubeconfig, foreign.Err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("API server %s does not answer within %s", s.shown(), patience)
	}
	if sent := new(url.Error); errors.As(err, &sent) {
		err = sent.Err // without the path, which is of no interest to the reader
	}
	return fmt.Errorf("API server %s does not answer: %w", s.shown(), err)
}

// refused explains an answer that is not the one asked for, with the API server's own words.
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

// shown is the address without credentials, for messages.
func (s *Server) shown() string { return redact.Text(s.address) }
