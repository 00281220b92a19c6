// Package preflight checks that what an update needs is there, before the update makes anything.
package preflight

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/kubernetes-networking/infra/config"
)

// patience is how long a server may take to answer. On a network it takes milliseconds.
const patience = 5 * time.Second

// Check returns an error that says what is missing and what to do, unless the cluster's API server and the image
// registry both answer.
func Check(ctx context.Context, stack config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	failures := make(chan error, 2)
	go func() { failures <- checkCluster(ctx, stack) }()
	go func() { failures <- checkRegistry(ctx, stack) }()
	return errors.Join(<-failures, <-failures)
}

func checkCluster(ctx context.Context, stack config.Config) error {
	found, err := findCluster(stack.Kubeconfig, stack.Context)
	if err == nil {
		err = answers(ctx, found, stack.Kubeconfig)
	}
	if err != nil {
		return fmt.Errorf("no cluster: %w; start the embedded one with `make cluster`, or name your own with "+
			"`pulumi config set kubeconfig PATH` and `pulumi config set context NAME`", err)
	}
	return nil
}

func checkRegistry(ctx context.Context, stack config.Config) error {
	if err := stack.Repository.Ping(ctx); err != nil {
		return fmt.Errorf("no image registry: %w; the embedded cluster brings one (`make cluster`), or set "+
			"kubernetes-networking:imageRepo to one that you and your cluster can reach", err)
	}
	return nil
}

// answers asks for nothing in particular and sends no credentials: any HTTP answer will do. The certificate has to be
// the one that the kubeconfig trusts, because another cluster may have taken the same address.
func answers(ctx context.Context, api cluster, kubeconfig string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api.Server+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("address of the API server: %w", err)
	}
	settings, err := api.tls(kubeconfig)
	if err != nil {
		return err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: settings}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if foreign := new(tls.CertificateVerificationError); errors.As(err, &foreign) {
		return fmt.Errorf("the API server at %s is not the one of the kubeconfig %s, another cluster may have its "+
			"address: %w", api.Server, kubeconfig, foreign.Err)
	}
	if err != nil {
		return fmt.Errorf("API server %s does not answer: %w", api.Server, err)
	}
	return response.Body.Close()
}
