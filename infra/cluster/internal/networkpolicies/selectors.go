package networkpolicies

import (
	"net/netip"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// selection is what one peer of a rule selects: Pods of some namespaces. Rules with the same selection share a set.
type selection struct {
	namespace  string          // of the Pods, if namespaces is nil
	namespaces labels.Selector // of the Pods' namespaces
	pods       labels.Selector
	text       string // identifies and describes the selection
}

// newSelection returns the selection of a peer in a policy of a namespace. Without a namespace selector, a peer selects
// Pods of the policy's namespace; without a Pod selector, all Pods of the selected namespaces.
func newSelection(namespace string, namespaces, pods *metav1.LabelSelector) (selection, error) {
	if pods == nil {
		pods = &metav1.LabelSelector{}
	}
	s := selection{namespace: namespace, text: "Pods " + describe(pods) + " in namespace " + namespace}
	var err error
	if s.pods, err = metav1.LabelSelectorAsSelector(pods); err != nil {
		return s, err
	}
	if namespaces != nil {
		s.namespace, s.text = "", "Pods "+describe(pods)+" in namespaces "+describe(namespaces)
		s.namespaces, err = metav1.LabelSelectorAsSelector(namespaces)
	}
	return s, err
}

// set is the name of the set with the addresses of the selected Pods.
func (s selection) set() string { return "pods-" + hash(s.text) }

func (s selection) matches(pod *Pod, namespace labels.Set) bool {
	if s.namespaces == nil {
		return s.namespace == pod.Namespace && s.pods.Matches(pod.Labels)
	}
	return s.namespaces.Matches(namespace) && s.pods.Matches(pod.Labels)
}

// use is a selection that rules refer to, with the Pods that it selects now.
type use struct {
	selection
	rules int // number of references
	pods  map[key]netip.Addr
}
