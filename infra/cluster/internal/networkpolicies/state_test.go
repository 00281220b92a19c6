package networkpolicies

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/knftables"
)

// fakeState returns a state whose table is in memory.
func fakeState() (*State, *knftables.Fake) {
	nft := knftables.NewFake(knftables.IPv4Family, tableName)
	return NewState(nft, nil, "10.244.0.0/16"), nft
}

func pod(name, ip string, labels map[string]string) *Pod {
	return &Pod{Namespace: "near", Name: name, Labels: labels, IP: netip.MustParseAddr(ip), Local: true}
}

// ruleset returns the table as nft lists it.
func ruleset(t *testing.T, state *State, nft *knftables.Fake) string {
	t.Helper()
	if err := state.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	return nft.Dump()
}

func TestNothingIsLeftOfDeletedPodsAndPolicies(t *testing.T) {
	state, nft := fakeState()
	empty := ruleset(t, state, nft)
	client, server := pod("client", "10.244.0.2", map[string]string{"app": "client"}), pod("server", "10.244.0.3", map[string]string{"app": "server"})
	server.Ports = []Port{{corev1.ProtocolTCP, "web", 8080}}
	state.SetNamespace("near", map[string]string{"team": "a"})
	state.SetPod(client)
	state.SetPod(server)
	for name, spec := range map[string]string{
		"all":   "podSelector: {}, policyTypes: [Ingress, Egress]",
		"named": "podSelector: {matchLabels: {app: server}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}], ports: [{port: web}]}]",
		"same":  "podSelector: {matchLabels: {app: client}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}], ports: [{port: web}]}]",
	} {
		if err := state.SetPolicy(parse(t, name, spec)); err != nil {
			t.Fatal(err)
		}
	}
	full := ruleset(t, state, nft)
	for _, want := range []string{"egress/near/all", "ingress-isolated/near/all/named", "10.244.0.3 . 8080", "NetworkPolicy near/named for app=server"} {
		if !strings.Contains(full, want) {
			t.Errorf("the table lacks %q:\n%s", want, full)
		}
	}
	for _, name := range []string{"all", "named", "same"} {
		state.DeletePolicy("near", name)
	}
	state.DeletePod("near", "client")
	state.DeletePod("near", "server")
	state.DeleteNamespace("near")
	if left := ruleset(t, state, nft); left != empty {
		t.Errorf("the table holds\n%s\nwant what it held before\n%s", left, empty)
	}
}

func TestTheYoungerOfTwoPodsHasTheAddress(t *testing.T) {
	state, nft := fakeState()
	older, younger := pod("older", "10.244.0.2", nil), pod("younger", "10.244.0.2", nil)
	younger.Created = time.Unix(1, 0)
	for _, order := range [][]*Pod{{older, younger}, {younger, older}} {
		for _, p := range order {
			state.SetPod(p)
		}
		if got := ruleset(t, state, nft); !strings.Contains(got, "near/younger") || strings.Contains(got, "near/older") {
			t.Errorf("after %s and %s, the table holds\n%s", order[0].Name, order[1].Name, got)
		}
		state.DeletePod("near", "younger")
		state.DeletePod("near", "older")
	}
}

func TestAnAnnouncedAddressIsThePodsUnlessAnotherPodHasIt(t *testing.T) {
	announces := pod("announces", "10.244.0.2", nil)
	announces.IP, announces.Announced, announces.Created = netip.Addr{}, announces.IP, time.Unix(9, 0)
	reports := pod("reports", "10.244.0.2", nil)
	outside := pod("outside", "192.0.2.1", nil)
	outside.IP, outside.Announced = netip.Addr{}, outside.IP
	for _, c := range []struct {
		pods []*Pod
		want string
	}{
		{[]*Pod{announces}, "near/announces"},
		{[]*Pod{announces, reports}, "near/reports"},
		{[]*Pod{reports, announces}, "near/reports"},
		{[]*Pod{outside}, ""},
	} {
		state, nft := fakeState()
		for _, p := range c.pods {
			state.SetPod(p)
		}
		got := ""
		for line := range strings.Lines(ruleset(t, state, nft)) {
			if rest, found := strings.CutPrefix(line, "add element ip network-policies pods { "); found {
				_, rest, _ = strings.Cut(rest, "\"")
				owner, _, _ := strings.Cut(rest, "\"")
				got += owner
			}
		}
		if got != c.want {
			t.Errorf("of %d Pods, the first being %s, %q is known, want %q", len(c.pods), c.pods[0].Name, got, c.want)
		}
	}
}

func TestAPolicyOfOneDirectionLeavesTheOtherOpen(t *testing.T) {
	state, nft := fakeState()
	state.SetPod(pod("client", "10.244.0.2", nil))
	both, one := "podSelector: {}, policyTypes: [Ingress, Egress]", "podSelector: {}, policyTypes: [Egress]"
	for _, spec := range []string{both, one} {
		if err := state.SetPolicy(parse(t, "all", spec)); err != nil {
			t.Fatal(err)
		}
	}
	got := ruleset(t, state, nft)
	if strings.Contains(got, "ingress/near/all") || strings.Contains(got, "ingress-isolated/near") || !strings.Contains(got, "egress-isolated/near/all") {
		t.Errorf("the table holds\n%s", got)
	}
}

func TestLongNamesAreShortenedAndStayDifferent(t *testing.T) {
	long := strings.Repeat("x", 253)
	first, second := policyChain(ingress, strings.Repeat("n", 63), long+"1"), policyChain(ingress, strings.Repeat("n", 63), long+"2")
	if len(first) >= knftables.NameLengthMax || first == second {
		t.Errorf("the names are %s and %s", first, second)
	}
}

func TestPortsAreWrittenWithoutOverlaps(t *testing.T) {
	for _, c := range []struct {
		ports []interval
		want  string
	}{
		{[]interval{{80, 80}}, "80"},
		{[]interval{{8080, 8090}, {80, 80}, {8085, 8100}, {8101, 8101}}, "80 8080-8101"},
		{[]interval{{1, 65535}, {80, 80}}, "1-65535"},
	} {
		if got := strings.Join(merge(slices.Clone(c.ports)), " "); got != c.want {
			t.Errorf("%v is written as %q, want %q", c.ports, got, c.want)
		}
	}
}

func TestABlockIsWrittenWithItsExceptions(t *testing.T) {
	for spec, want := range map[string]string{
		"{cidr: 10.1.2.3/8}":                      "ip saddr 10.0.0.0/8",
		"{cidr: 0.0.0.0/0}":                       "ip saddr 0.0.0.0-255.255.255.255",
		"{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}": "ip saddr != { 10.0.0.0/8 }",
		"{cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.1.2.0/24, 10.1.0.0/16]}": "ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16 }",
		"{cidr: 'fd00::/8'}": "",
	} {
		policy := parse(t, "block", "podSelector: {}, ingress: [{from: [{ipBlock: "+spec+"}]}]")
		compiled, err := compile(policy, ingress)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, rule := range compiled.rules {
			got += rule.peer + rule.port
		}
		if got != want {
			t.Errorf("%s is written as %q, want %q", spec, got, want)
		}
	}
}
