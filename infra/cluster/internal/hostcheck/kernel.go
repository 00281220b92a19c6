package hostcheck

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/util/version"
	utilkernel "k8s.io/kubernetes/pkg/util/kernel"
)

// kernel uses each kernel feature that the cluster needs, in temporary namespaces. This loads missing modules, as a
// start of the cluster would.
func kernel(m Machine) []Finding {
	findings := []Finding{kernelVersion()}
	loadBridgeFilter()
	var features []Finding
	err := inNamespaces(func() {
		features = append(features, overlay(m))
		for _, f := range []struct {
			check, option string
			try           func() error
		}{
			{"bridge", "CONFIG_BRIDGE", func() error { return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: linkNamed("bridge0")}) }},
			{"veth pair", "CONFIG_VETH", func() error { return netlink.LinkAdd(&netlink.Veth{LinkAttrs: linkNamed("veth0"), PeerName: "veth1"}) }},
			{"bridge filter", "CONFIG_BRIDGE_NETFILTER, Linux 5.3 or later", setBridgeFilter},
			{"connection table", "CONFIG_NF_CT_NETLINK", connectionTable},
			{"rules for Services", "CONFIG_NF_TABLES and CONFIG_NFT_*", func() error { return feed(serviceRules, "nft", "-f", "-") }},
			{"rules for policies", "CONFIG_NF_TABLES, CONFIG_NFT_* and CONFIG_NETFILTER_NETLINK_LOG", func() error { return feed(policyRules, "nft", "-f", "-") }},
		} {
			err := f.try()
			if errors.Is(err, exec.ErrNotFound) {
				return // programs reports it, and later checks need the objects that this one creates
			}
			features = append(features, feature(f.check, f.option, err))
		}
	})
	return append(append(findings, feature("namespaces", "CONFIG_NAMESPACES, and user.max_*_namespaces above 0", err)), features...)
}

func feature(check, option string, err error) Finding {
	if err == nil {
		return Finding{Check: check, Result: OK}
	}
	return Finding{check, Failed, fmt.Sprintf("no %s in this kernel: %v", check, err), "use a kernel with " + option}
}

func kernelVersion() Finding {
	minimum := version.MustParseGeneric(utilkernel.NFTablesKubeProxyKernelVersion)
	found, err := utilkernel.GetVersion()
	switch {
	case err != nil:
		return Finding{
			"kernel", Warning, fmt.Sprintf("cannot read its version: %v", err), fmt.Sprintf("check that it is %s or later", minimum),
		}
	case found.LessThan(minimum):
		return Finding{
			"kernel", Failed, fmt.Sprintf("this is Linux %s, and kube-proxy needs %s or later", found, minimum), "use a later kernel",
		}
	}
	return Finding{Check: "kernel", Result: OK, Found: "Linux " + found.String()}
}

func linkNamed(name string) netlink.LinkAttrs {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = name
	return attributes
}

func connectionTable() error {
	_, err := netlink.ConntrackTableList(netlink.ConntrackTable, unix.AF_INET)
	return err
}

// feed runs a program with the given input. Its error holds the last line of the program's output.
func feed(input, program string, args ...string) error {
	command := exec.Command(program, args...)
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err == nil {
		return nil
	}
	if lines := strings.Split(string(bytes.TrimSpace(output)), "\n"); lines[len(lines)-1] != "" {
		return fmt.Errorf("%s: %s", program, lines[len(lines)-1])
	}
	return err
}

const bridgeFilters = "/proc/sys/net/bridge/"

// loadBridgeFilter loads br_netfilter, the only module that the kernel does not load on demand. The module would filter
// the host's own bridges as well, so the function disables the filter there.
func loadBridgeFilter() {
	if _, err := os.Stat(bridgeFilters); err == nil {
		return
	}
	if exec.Command("modprobe", "br_netfilter").Run() != nil {
		return // setBridgeFilter then reports the missing feature
	}
	for _, protocol := range []string{"arp", "ip", "ip6"} {
		_ = os.WriteFile(bridgeFilters+"bridge-nf-call-"+protocol+"tables", []byte("0"), 0)
	}
}

func setBridgeFilter() error {
	return os.WriteFile(bridgeFilters+"bridge-nf-call-iptables", []byte("1"), 0)
}
