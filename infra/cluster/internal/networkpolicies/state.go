package networkpolicies

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/nftables"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/knftables"
)

const (
	podsSet     = "pods"   // addresses of all Pods of the cluster
	itselfSet   = "itself" // for each Pod of this node, its address as sender and as receiver
	refuseChain = "refuse"
	// LogGroup is the group of nfnetlink_log that receives refused connections. The prefix of a message names the
	// direction, the namespace, and the policies that isolate the Pod. Nobody has to listen.
	LogGroup = 32
	// logLimit bounds the messages about each Pod and direction.
	logLimit = "limit rate 10/second burst 20 packets"
	// logPrefixLengthMax is the kernel's NF_LOG_PREFIXLEN without the final zero.
	logPrefixLengthMax = 127
)

// State is what is known of the cluster, and the table that follows from it. Its methods change only what depends on
// their argument; Apply writes that to the kernel. It is not safe for concurrent use.
type State struct {
	table      *table
	podCIDR    netip.Prefix // the range of all Pods' addresses
	namespaces map[string]labels.Set
	pods       map[key]*Pod
	owners     map[netip.Addr]key
	policies   map[key]*policy
	uses       map[string]*use              // by the name of the set
	ports      map[namedPort]int            // number of rules that name the port
	isolated   map[direction]map[key]string // the chain of each isolated Pod
	shared     map[string]int               // by these chains, the number of Pods
}

// policy is a NetworkPolicy with its rules.
type policy struct {
	spec      *networkingv1.NetworkPolicySpec
	selector  labels.Selector
	direction map[direction]directed // only those that it restricts
}

// NewState returns the state of a cluster without Pods and policies. podCIDR is the range of all Pods' addresses. kernel
// is faster than nft where only elements of sets change; it may be nil.
func NewState(nft knftables.Interface, kernel *nftables.Conn, podCIDR string) *State {
	s := &State{
		namespaces: map[string]labels.Set{}, pods: map[key]*Pod{}, owners: map[netip.Addr]key{},
		podCIDR: netip.MustParsePrefix(podCIDR), policies: map[key]*policy{}, uses: map[string]*use{}, ports: map[namedPort]int{},
		isolated: map[direction]map[key]string{ingress: {}, egress: {}}, shared: map[string]int{},
	}
	s.table = newTable(nft, kernel, func(tx *knftables.Transaction) { addBase(tx, podCIDR) })
	s.table.addSet(podsSet, &set{kind: "ipv4_addr", comment: "addresses of all Pods of the cluster"})
	s.table.addSet(itselfSet, &set{kind: "ipv4_addr . ipv4_addr", comment: "connections of Pods of this node to themselves, through a Service"})
	for _, d := range directions {
		s.table.addSet(d.chain(), &set{kind: "ipv4_addr : verdict", isMap: true, comment: "Pods of this node that policies isolate for " + d.chain()})
	}
	return s
}

// addBase adds the two chains that packets enter, and the one where the packets of refused connections end. A packet
// between two Pods of this node passes both.
func addBase(tx *knftables.Transaction, podCIDR string) {
	tx.Add(&knftables.Chain{Name: refuseChain, Comment: comment("no policy allows the connection")})
	for _, rule := range []string{"counter meta l4proto tcp reject with tcp reset", "counter reject"} {
		tx.Add(&knftables.Rule{Chain: refuseChain, Rule: rule})
	}
	for i, d := range directions {
		tx.Add(&knftables.Set{
			Name: d.logged(), Type: "ipv4_addr", Flags: []knftables.SetFlag{knftables.DynamicFlag, knftables.TimeoutFlag}, Timeout: knftables.PtrTo(time.Minute),
			Comment: comment("Pods with refused connections in the last minute: they limit its messages"),
		})
		tx.Add(&knftables.Chain{
			Name: d.chain(), Type: knftables.PtrTo(knftables.FilterType), Hook: knftables.PtrTo(knftables.ForwardHook),
			Priority: knftables.PtrTo(knftables.BaseChainPriority(fmt.Sprintf("filter + %d", i))),
			Comment:  comment("packets to other Pods and nodes, after kube-proxy has chosen an endpoint"),
		})
		rules := []knftables.Rule{{Rule: "ct state established,related accept", Comment: comment("decided when the connection began")}}
		if d == egress {
			for _, side := range []string{"ip saddr", "ip daddr"} {
				rules = append(rules, knftables.Rule{
					Rule:    fmt.Sprintf("%s %s %[1]s != @%[3]s counter drop", side, podCIDR, podsSet),
					Comment: comment("no Pod that is known yet: the sender tries again"),
				})
			}
		}
		rules = append(rules,
			knftables.Rule{Rule: "ip saddr . ip daddr @" + itselfSet + " accept"},
			knftables.Rule{Rule: fmt.Sprintf("%s vmap @%s", d.pod(), d.chain())},
		)
		for _, rule := range rules {
			rule.Chain = d.chain()
			tx.Add(&rule)
		}
	}
}

// Apply writes the changes to the kernel.
func (s *State) Apply(ctx context.Context) error { return s.table.apply(ctx) }

// SetNamespace notes the labels of a namespace.
func (s *State) SetNamespace(name string, set labels.Set) {
	if current, found := s.namespaces[name]; found && maps.Equal(current, set) {
		return
	}
	s.namespaces[name] = set
	for _, pod := range s.pods {
		if pod.Namespace == name {
			s.selectPod(pod)
		}
	}
}

// DeleteNamespace forgets the labels of a namespace.
func (s *State) DeleteNamespace(name string) {
	s.SetNamespace(name, nil)
	delete(s.namespaces, name)
}

// SetPod adds a Pod or replaces it. If another Pod has its address, the older one has ended, and loses it. An address that
// is only announced belongs to the Pod as long as no other Pod has it.
func (s *State) SetPod(pod *Pod) {
	id := key{pod.Namespace, pod.Name}
	if owner, taken := s.owners[pod.Announced]; s.podCIDR.Contains(pod.Announced) && (!taken || owner == id) {
		announced := *pod
		announced.IP = pod.Announced
		pod = &announced
	}
	if current, found := s.pods[id]; found {
		if current.equal(pod) {
			return
		}
		if current.IP != pod.IP {
			s.DeletePod(pod.Namespace, pod.Name)
		}
	}
	if !pod.IP.IsValid() {
		return
	}
	if owner, taken := s.owners[pod.IP]; taken && owner != id {
		if current := s.pods[owner]; current.IP != current.Announced && current.Created.After(pod.Created) {
			s.DeletePod(pod.Namespace, pod.Name)
			return
		}
		s.DeletePod(owner.namespace, owner.name)
	}
	s.pods[id], s.owners[pod.IP] = pod, id
	s.table.put(podsSet, pod.IP.String(), element{comment: id.String()})
	s.selectPod(pod)
	for port := range s.ports {
		s.setPort(port, pod)
	}
	if pod.Local {
		s.table.put(itselfSet, pod.itself(), element{comment: id.String()})
		s.isolate(pod)
	}
}

// DeletePod removes a Pod.
func (s *State) DeletePod(namespace, name string) {
	id := key{namespace, name}
	pod, found := s.pods[id]
	if !found {
		return
	}
	delete(s.pods, id)
	delete(s.owners, pod.IP)
	s.table.remove(podsSet, pod.IP.String())
	for _, use := range s.uses {
		s.unselect(use, pod)
	}
	for port := range s.ports {
		s.removePort(port, pod)
	}
	s.table.remove(itselfSet, pod.itself())
	for _, d := range directions {
		s.setIsolation(d, pod, nil)
	}
}

// SetPolicy adds a policy or replaces it. It returns an error for a policy that the API server would not accept.
func (s *State) SetPolicy(added *networkingv1.NetworkPolicy) error {
	next := &policy{spec: &added.Spec, direction: map[direction]directed{}}
	var err error
	if next.selector, err = metav1.LabelSelectorAsSelector(&added.Spec.PodSelector); err != nil {
		return err
	}
	for _, d := range directions {
		if restricts(&added.Spec, d) {
			compiled, err := compile(added, d)
			if err != nil {
				return err
			}
			next.direction[d] = compiled
		}
	}
	id := key{added.Namespace, added.Name}
	previous := s.policies[id]
	s.policies[id] = next
	for d, compiled := range next.direction {
		s.refer(compiled)
		var rules []chainRule
		for _, rule := range compiled.rules {
			rules = append(rules, chainRule{strings.Join(strings.Fields(rule.peer+" "+rule.port+" counter accept"), " "), rule.comment})
		}
		s.table.setChain(policyChain(d, id.namespace, id.name), "NetworkPolicy "+id.String()+" for "+describe(&added.Spec.PodSelector), rules)
	}
	s.isolateAll(id.namespace)
	s.drop(id, previous, next)
	return nil
}

// DeletePolicy removes a policy.
func (s *State) DeletePolicy(namespace, name string) {
	id := key{namespace, name}
	previous, found := s.policies[id]
	if !found {
		return
	}
	delete(s.policies, id)
	s.isolateAll(namespace)
	s.drop(id, previous, nil)
}

// drop releases what a policy referred to, and deletes its chains of the directions that the next version lacks.
func (s *State) drop(id key, previous, next *policy) {
	if previous == nil {
		return
	}
	for d, compiled := range previous.direction {
		s.release(compiled)
		if next == nil || !restricts(next.spec, d) {
			s.table.deleteChain(policyChain(d, id.namespace, id.name))
		}
	}
}

// refer adds the sets that rules refer to.
func (s *State) refer(c directed) {
	for _, selected := range c.selections {
		name := selected.set()
		if current := s.uses[name]; current != nil {
			current.rules++
			continue
		}
		added := &use{selection: selected, rules: 1, pods: map[key]netip.Addr{}}
		s.uses[name] = added
		s.table.addSet(name, &set{kind: "ipv4_addr", comment: selected.text})
		for _, pod := range s.pods {
			s.selectFor(added, pod)
		}
	}
	for _, port := range c.ports {
		s.ports[port]++
		if s.ports[port] > 1 {
			continue
		}
		s.table.addSet(port.set(), &set{kind: "ipv4_addr . inet_service", comment: fmt.Sprintf("ports of Pods that are named %s (%s)", port.name, port.protocol)})
		for _, pod := range s.pods {
			s.setPort(port, pod)
		}
	}
}

// release deletes the sets that no rule refers to any more.
func (s *State) release(c directed) {
	for _, selected := range c.selections {
		name := selected.set()
		if s.uses[name].rules--; s.uses[name].rules == 0 {
			delete(s.uses, name)
			s.table.deleteSet(name)
		}
	}
	for _, port := range c.ports {
		if s.ports[port]--; s.ports[port] == 0 {
			delete(s.ports, port)
			s.table.deleteSet(port.set())
		}
	}
}

// selectPod updates the Pod in the sets of all selections.
func (s *State) selectPod(pod *Pod) {
	for _, use := range s.uses {
		s.selectFor(use, pod)
	}
}

func (s *State) selectFor(u *use, pod *Pod) {
	if !u.matches(pod, s.namespaces[pod.Namespace]) {
		s.unselect(u, pod)
		return
	}
	id := key{pod.Namespace, pod.Name}
	u.pods[id] = pod.IP
	s.table.put(u.set(), pod.IP.String(), element{comment: id.String()})
}

func (s *State) unselect(u *use, pod *Pod) {
	id := key{pod.Namespace, pod.Name}
	if ip, found := u.pods[id]; found {
		delete(u.pods, id)
		s.table.remove(u.set(), ip.String())
	}
}

// setPort adds the Pod's ports of this name to their set.
func (s *State) setPort(named namedPort, pod *Pod) {
	for _, port := range pod.Ports {
		if (namedPort{port.Protocol, port.Name}) == named {
			s.table.put(named.set(), fmt.Sprintf("%s . %d", pod.IP, port.Number), element{comment: key{pod.Namespace, pod.Name}.String()})
		}
	}
}

func (s *State) removePort(named namedPort, pod *Pod) {
	for _, port := range pod.Ports {
		if (namedPort{port.Protocol, port.Name}) == named {
			s.table.remove(named.set(), fmt.Sprintf("%s . %d", pod.IP, port.Number))
		}
	}
}

func (s *State) isolateAll(namespace string) {
	for _, pod := range s.pods {
		if pod.Namespace == namespace && pod.Local {
			s.isolate(pod)
		}
	}
}

// isolate finds the policies that isolate a Pod of this node.
func (s *State) isolate(pod *Pod) {
	for _, d := range directions {
		var names []string
		for other, policy := range s.policies {
			if _, restricted := policy.direction[d]; restricted && other.namespace == pod.Namespace && policy.selector.Matches(pod.Labels) {
				names = append(names, other.name)
			}
		}
		slices.Sort(names)
		s.setIsolation(d, pod, names)
	}
}

// setIsolation gives a Pod the chain of the policies that isolate it: they may accept a connection, and what they do not
// accept is refused. Pods with the same policies share a chain, so another replica needs no new rule. Without policies,
// the Pod is not isolated.
func (s *State) setIsolation(d direction, pod *Pod, policies []string) {
	id := key{pod.Namespace, pod.Name}
	previous, next := s.isolated[d][id], ""
	if len(policies) > 0 {
		next = isolationChain(d, pod.Namespace, policies)
		s.table.put(d.chain(), pod.IP.String(), element{verdict: "goto " + next, comment: id.String()})
	} else {
		s.table.remove(d.chain(), pod.IP.String())
	}
	if previous == next {
		return
	}
	if next == "" {
		delete(s.isolated[d], id)
	} else {
		s.isolated[d][id] = next
		if s.shared[next]++; s.shared[next] == 1 {
			s.addIsolation(d, next, pod.Namespace, policies)
		}
	}
	if previous != "" {
		if s.shared[previous]--; s.shared[previous] == 0 {
			delete(s.shared, previous)
			s.table.deleteChain(previous)
		}
	}
}

func (s *State) addIsolation(d direction, name, namespace string, policies []string) {
	var rules []chainRule
	for _, policy := range policies {
		rules = append(rules, chainRule{rule: "jump " + policyChain(d, namespace, policy)})
	}
	names := strings.Join(policies, ", ")
	prefix := shorten(fmt.Sprintf("%s %s: %s", d.chain(), namespace, names), logPrefixLengthMax)
	s.table.setChain(name, fmt.Sprintf("Pods of namespace %s that are isolated for %s by %s", namespace, d.chain(), names), append(rules,
		chainRule{rule: fmt.Sprintf("update @%s { %s %s } log prefix %q group %d", d.logged(), d.pod(), logLimit, prefix, LogGroup)},
		chainRule{rule: "counter goto " + refuseChain}))
}

func (k key) String() string { return k.namespace + "/" + k.name }

func (p *Pod) equal(other *Pod) bool {
	return p.IP == other.IP && p.Announced == other.Announced && p.Local == other.Local && maps.Equal(p.Labels, other.Labels) && slices.Equal(p.Ports, other.Ports)
}

// itself is the pair of addresses of the Pod's packets to itself.
func (p *Pod) itself() string { return p.IP.String() + " . " + p.IP.String() }
