package policy_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"example.com/kubernetes-networking/apps/explorer/policy"
)

// peers holds the ends of the flows, in the namespace near unless the name begins with far.
var peers = map[string]policy.Peer{
	"client":     {Labels: app("client"), IP: "10.244.0.1"},
	"server":     {Labels: app("server"), IP: "10.244.0.2", Ports: map[string]int32{"http": 8080, "other": 8181}},
	"stranger":   {Labels: app("stranger"), IP: "10.244.0.3", Namespace: "near"},
	"new":        {Labels: app("client")}, // it has no address yet
	"far-client": {Labels: app("client"), IP: "10.244.1.1", Namespace: "far"},
	"far-server": {Labels: app("server"), IP: "10.244.1.2", Namespace: "far"},
	"outside":    {IP: "192.0.2.7", Namespace: "near", External: true}, // the namespace of an address outside the cluster is ignored
}

func app(name string) map[string]string { return map[string]string{"app": name} }

// check returns the verdict on a flow such as "client > server:53/udp": open, or the direction and the policies
// that deny it.
func check(t *testing.T, policies []networking.NetworkPolicy, flow string) string {
	t.Helper()
	from, rest, _ := strings.Cut(flow, " > ")
	to, rest, _ := strings.Cut(rest, ":")
	number, protocol, _ := strings.Cut(rest, "/")
	port, err := strconv.Atoi(number)
	_, known := peers[from]
	_, knownToo := peers[to]
	if err != nil || !known || !knownToo {
		t.Fatalf("%q is no flow", flow)
	}
	return words(policy.Check(policies, "near", peers[from], peers[to], core.Protocol(strings.ToUpper(protocol)), int32(port)))
}

func words(finding policy.Finding) string {
	if finding.Allowed {
		return strings.TrimSpace("open " + finding.Direction + strings.Join(finding.Policies, " "))
	}
	return finding.Direction + ": " + strings.Join(finding.Policies, " ")
}

// read parses the specs of policies, and names the policies a, b and so on.
func read(t *testing.T, specs ...string) []networking.NetworkPolicy {
	t.Helper()
	var policies []networking.NetworkPolicy
	for i, spec := range specs {
		made := networking.NetworkPolicy{ObjectMeta: meta.ObjectMeta{Name: fmt.Sprintf("%c", 'a'+i), Namespace: "near"}}
		if err := yaml.UnmarshalStrict([]byte("{"+spec+"}"), &made.Spec); err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		policies = append(policies, made)
	}
	return policies
}
