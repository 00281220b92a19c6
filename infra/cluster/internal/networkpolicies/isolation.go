package networkpolicies

import (
	"fmt"
	"slices"
	"strings"
)

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
