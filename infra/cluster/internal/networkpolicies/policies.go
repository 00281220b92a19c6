package networkpolicies

import (
	"fmt"
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// policy is a NetworkPolicy with its rules.
type policy struct {
	spec      *networkingv1.NetworkPolicySpec
	selector  labels.Selector
	direction map[direction]directed // only those that it restricts
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
