// Package components is the list of processes that make up the cluster, and what each is started with.
package components

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/networkpolicies"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// ContainerdSocket is where the kubelet finds containerd, inside the cluster's mount namespace.
const ContainerdSocket = "/run/containerd/containerd.sock"

// APIServer is the name of the component that most others need.
const APIServer = "kube-apiserver"

// Controllers are the components that act on Pods: they have to stop before the Pods do, or they would bring them back.
var Controllers = []string{"kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy", "load-balancer", "network-policies", "provisioner"}

// Rest are the other components, which serve the controllers.
var Rest = []string{APIServer, "etcd", "containerd", "registry"}

// All returns the components. apiReady says whether the API server serves; hostNet is the host's network namespace.
func All(root layout.Root, apiReady func(context.Context) error, hostNet *os.File) []supervisor.Component {
	self, api := root.Bin("cluster"), []string{APIServer}
	return []supervisor.Component{
		{
			Name: "registry", Path: self, Args: []string{"registry", "--root", string(root)},
			Ready: serves("http://" + layout.RegistryAddress + "/v2/"),
		},
		{
			Name: "containerd", Path: "containerd", Args: []string{"--config", root.State("containerd.toml")},
			Ready: listens("unix", ContainerdSocket),
		},
		{
			Name: "etcd", Path: root.Bin("etcd"), Args: etcdArgs(root),
			Ready: serves("http://127.0.0.1:2381/health"),
		},
		{
			Name: APIServer, Path: root.Bin(APIServer), Args: apiServerArgs(root), Needs: []string{"etcd"},
			Ready: apiReady,
		},
		{
			Name: "kube-controller-manager", Path: root.Bin("kube-controller-manager"), Args: controllerManagerArgs(root), Needs: api,
			Ready: serves("https://127.0.0.1:10257/healthz"),
		},
		{
			Name: "kube-scheduler", Path: root.Bin("kube-scheduler"), Args: schedulerArgs(root), Needs: api,
			Ready: serves("https://127.0.0.1:10259/healthz"),
		},
		{
			Name: "kube-proxy", Path: root.Bin("kube-proxy"), Args: proxyArgs(root), Needs: api,
			Ready: serves("http://127.0.0.1:10256/livez"),
		},
		{
			Name: "kubelet", Path: root.Bin("kubelet"), Args: kubeletArgs(root), Needs: []string{"containerd", APIServer},
			Ready: serves("http://127.0.0.1:10248/healthz"),
		},
		{
			Name: "load-balancer", Path: self, Args: []string{"load-balancer", "--root", string(root)}, Needs: api,
			Files: []*os.File{hostNet},
		},
		{
			Name: "network-policies", Path: self, Args: []string{"network-policies", "--root", string(root)}, Needs: api,
			Ready: serves("http://" + networkpolicies.HealthAddress + "/healthz"),
		},
		{
			Name: "provisioner", Path: self, Args: []string{"provisioner", "--root", string(root)}, Needs: api,
		},
	}
}

// serves checks a health endpoint on the node's loopback. Its certificate is made by the component itself, for itself;
// nothing is sent that needs protection.
func serves(url string) func(context.Context) error {
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}}
	return func(ctx context.Context) error {
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
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}

func listens(network, address string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
