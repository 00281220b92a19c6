// Command network-policies is the last CNI plugin of a new Pod. It sends the Pod's address to the node's controller of
// NetworkPolicies, and returns when the Pod's rules are in the kernel, so they hold for the first packet. If they are
// not there in time, the Pod is not started, and the kubelet tries again.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"

	"example.com/kubernetes-networking/infra/cluster/internal/networkpolicies"
)

// pod holds the arguments with the Pod's names, which containerd passes to each plugin.
type pod struct {
	types.CommonArgs
	K8S_POD_NAMESPACE, K8S_POD_NAME, K8S_POD_UID types.UnmarshallableString //nolint:staticcheck // names of the CNI conventions
}

func main() {
	nothing := func(*skel.CmdArgs) error { return nil } // the controller watches the end of Pods
	skel.PluginMainFuncs(skel.CNIFuncs{Add: add, Check: nothing, Del: nothing}, version.All, "network-policies")
}

func add(args *skel.CmdArgs) error {
	var config types.NetConf
	if err := json.Unmarshal(args.StdinData, &config); err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	if err := version.ParsePrevResult(&config); err != nil {
		return fmt.Errorf("read the result of the previous plugin: %w", err)
	}
	result, err := current.NewResultFromResult(config.PrevResult)
	if err != nil {
		return fmt.Errorf("read the result of the previous plugin: %w", err)
	}
	var p pod
	if err := types.LoadArgs(args.Args, &p); err != nil {
		return fmt.Errorf("read the Pod's name: %w", err)
	}
	ip, err := address(result)
	if err != nil {
		return err
	}
	if err := networkpolicies.Assign(context.Background(), networkpolicies.Assignment{
		Namespace: string(p.K8S_POD_NAMESPACE), Name: string(p.K8S_POD_NAME), UID: string(p.K8S_POD_UID), IP: ip,
	}); err != nil {
		return fmt.Errorf("wait for the NetworkPolicies: %w", err)
	}
	return types.PrintResult(result, config.CNIVersion)
}

// address returns the Pod's IPv4 address.
func address(result *current.Result) (netip.Addr, error) {
	for _, config := range result.IPs {
		if ip, ok := netip.AddrFromSlice(config.Address.IP); ok && ip.Unmap().Is4() {
			return ip.Unmap(), nil
		}
	}
	return netip.Addr{}, errors.New("the previous plugin has assigned no IPv4 address")
}
