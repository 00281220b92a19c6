package networkpolicies

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/knftables"
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

func (k key) String() string { return k.namespace + "/" + k.name }

func (p *Pod) equal(other *Pod) bool {
	return p.IP == other.IP && p.Announced == other.Announced && p.Local == other.Local && maps.Equal(p.Labels, other.Labels) && slices.Equal(p.Ports, other.Ports)
}

// itself is the pair of addresses of the Pod's packets to itself.
func (p *Pod) itself() string { return p.IP.String() + " . " + p.IP.String() }
