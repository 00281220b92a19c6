package networkpolicies

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// world is a random cluster. judge decides about its connections without any code of this package.
type world struct {
	random     *rand.Rand
	namespaces map[string]labels.Set
	pods       map[string]*Pod // by endpoint
	policies   map[key]*networkingv1.NetworkPolicy
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

func (w *world) labels() labels.Set {
	set := labels.Set{}
	for _, name := range []string{"app", "tier"} {
		if w.random.IntN(4) > 0 {
			set[name] = pick(w.random, "a", "b", "c")
		}
	}
	return set
}

func (w *world) selector() *metav1.LabelSelector {
	selector := &metav1.LabelSelector{}
	switch w.random.IntN(5) {
	case 0: // everything
	case 1:
		selector.MatchExpressions = []metav1.LabelSelectorRequirement{{
			Key: pick(w.random, "app", "tier"), Operator: pick(w.random, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist),
		}}
	case 2:
		selector.MatchExpressions = []metav1.LabelSelectorRequirement{{
			Key: pick(w.random, "app", "tier"), Operator: pick(w.random, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn), Values: []string{"a", "c"},
		}}
	default:
		selector.MatchLabels = map[string]string{pick(w.random, "app", "tier"): pick(w.random, "a", "b", "c")}
	}
	return selector
}

func (w *world) peer() networkingv1.NetworkPolicyPeer {
	switch w.random.IntN(4) {
	case 0:
		block := &networkingv1.IPBlock{CIDR: pick(w.random, "0.0.0.0/0", "10.244.0.0/24", "10.244.0.0/29", "10.244.0.4/30", "::/0")}
		if w.random.IntN(2) == 0 && block.CIDR != "::/0" {
			block.Except = []string{pick(w.random, "10.244.0.2/32", "10.244.0.4/31"), pick(w.random, "10.244.0.4/32", "10.244.0.7/32")}
		}
		return networkingv1.NetworkPolicyPeer{IPBlock: block}
	case 1:
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: w.selector()}
	case 2:
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: w.selector(), PodSelector: w.selector()}
	}
	return networkingv1.NetworkPolicyPeer{PodSelector: w.selector()}
}

func (w *world) port() networkingv1.NetworkPolicyPort {
	var port networkingv1.NetworkPolicyPort
	if w.random.IntN(3) > 0 {
		protocol := pick(w.random, corev1.ProtocolTCP, corev1.ProtocolUDP)
		port.Protocol = &protocol
	}
	switch w.random.IntN(4) {
	case 0: // every port
	case 1:
		name := intstr.FromString(pick(w.random, "web", "admin"))
		port.Port = &name
	case 2:
		first, last := intstr.FromInt32(8080), pick[int32](w.random, 8080, 8081, 9000)
		port.Port, port.EndPort = &first, &last
	default:
		number := intstr.FromInt32(pick[int32](w.random, 80, 443, 8080))
		port.Port = &number
	}
	return port
}

func (w *world) rule() (peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
	for range w.random.IntN(3) {
		peers = append(peers, w.peer())
	}
	for range w.random.IntN(3) {
		ports = append(ports, w.port())
	}
	return peers, ports
}

func (w *world) policy(namespace, name string) *networkingv1.NetworkPolicy {
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	policy.Spec.PodSelector = *w.selector()
	policy.Spec.PolicyTypes = pick(w.random, nil, []networkingv1.PolicyType{"Ingress"}, []networkingv1.PolicyType{"Egress"}, []networkingv1.PolicyType{"Ingress", "Egress"})
	for range w.random.IntN(3) {
		from, ports := w.rule()
		policy.Spec.Ingress = append(policy.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: from, Ports: ports})
	}
	for range w.random.IntN(3) {
		to, ports := w.rule()
		policy.Spec.Egress = append(policy.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: to, Ports: ports})
	}
	return policy
}

// change changes something in the world and in the state.
func (w *world) change(t *testing.T, state *State, ips map[string]netip.Addr) {
	t.Helper()
	switch w.random.IntN(6) {
	case 0: // a namespace gets other labels
		name := pick(w.random, "near", "far", "away")
		w.namespaces[name] = w.labels()
		state.SetNamespace(name, w.namespaces[name])
	case 1: // a Pod ends, and another one gets its address
		name := pick(w.random, slices.Sorted(maps.Keys(ips))...)
		if old := w.pods[name]; old != nil && w.random.IntN(2) == 0 {
			state.DeletePod(old.Namespace, old.Name)
		}
		pod := &Pod{
			Namespace: pick(w.random, "near", "far", "away"), Name: "pod-" + strconv.FormatUint(w.random.Uint64(), 36),
			Labels: w.labels(), IP: ips[name], Local: w.random.IntN(5) > 0,
		}
		for _, port := range []string{"web", "admin"} {
			if w.random.IntN(3) > 0 {
				pod.Ports = append(pod.Ports, Port{pick(w.random, corev1.ProtocolTCP, corev1.ProtocolUDP), port, pick[int32](w.random, 80, 8080, 8081)})
			}
		}
		w.pods[name] = pod
		state.SetPod(pod)
	case 2: // a Pod gets other labels
		name := pick(w.random, slices.Sorted(maps.Keys(ips))...)
		if old := w.pods[name]; old != nil {
			next := *old
			next.Labels = w.labels()
			w.pods[name] = &next
			state.SetPod(&next)
		}
	case 3: // a policy is deleted
		if ids := slices.SortedFunc(maps.Keys(w.policies), func(a, b key) int { return strings.Compare(a.String(), b.String()) }); len(ids) > 0 {
			id := pick(w.random, ids...)
			delete(w.policies, id)
			state.DeletePolicy(id.namespace, id.name)
		}
	default: // a policy is added or changed
		id := key{pick(w.random, "near", "far"), pick(w.random, "1", "2", "3")}
		w.policies[id] = w.policy(id.namespace, id.name)
		if err := state.SetPolicy(w.policies[id]); err != nil {
			t.Fatal(err)
		}
	}
}

// The environment variable WORLDS sets the number of worlds.
func TestPacketsPassAsTheAPIDescribes(t *testing.T) {
	worlds := 40
	if given := os.Getenv("WORLDS"); given != "" {
		var err error
		if worlds, err = strconv.Atoi(given); err != nil {
			t.Fatal(err)
		}
	}
	n := newNetwork(t)
	ips := map[string]netip.Addr{}
	for i := 2; i < 8; i++ {
		name := fmt.Sprint("pod", i)
		n.addPod(name, fmt.Sprintf("10.244.0.%d", i))
		ips[name] = n.pods[name].ip
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := &world{
		random: rand.New(rand.NewPCG(seed, 0)), namespaces: map[string]labels.Set{}, pods: map[string]*Pod{},
		policies: map[key]*networkingv1.NetworkPolicy{},
	}
	counts := map[string]int{}
	for number := range worlds {
		for range 1 + w.random.IntN(6) {
			w.change(t, n.State, ips)
		}
		n.apply()
		for _, from := range slices.Sorted(maps.Keys(ips)) {
			for _, to := range slices.Sorted(maps.Keys(ips)) {
				if from == to {
					continue
				}
				for _, c := range []struct {
					protocol corev1.Protocol
					port     int
				}{{corev1.ProtocolTCP, 80}, {corev1.ProtocolTCP, 8080}, {corev1.ProtocolTCP, 8081}, {corev1.ProtocolUDP, 80}, {corev1.ProtocolUDP, 8081}} {
					want := silent // until a Pod is known, its packets are dropped
					if w.pods[from] != nil && w.pods[to] != nil {
						if want = refused; w.judge(w.pods[from], w.pods[to], c.protocol, c.port) {
							want = open
						}
					} else if w.random.IntN(50) > 0 {
						continue // each takes as long as connectTimeout
					}
					counts[want]++
					if got := n.connect(from, to, c.protocol, c.port); got != want {
						t.Fatalf("world %d: %s to %s, %s %d: %s, want %s", number, from, to, c.protocol, c.port, got, want)
					}
				}
			}
		}
	}
	t.Logf("%d worlds: %v", worlds, counts)
}
