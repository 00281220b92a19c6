//go:build e2e

// Package services tests all kinds of Services and their names on a real cluster of one or more nodes (NODES=3).
package services

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestMain(m *testing.M) { clustertest.Main(m, clustertest.Nodes()) }

//go:embed pods.yaml
var podsYAML string

// fixture holds the Pods and nodes that all tests share.
type fixture struct {
	client    kubernetes.Interface
	namespace string
	nodes     []corev1.Node
	pods      map[string]corev1.Pod
}

// servers lists the Pods that become ready.
var servers = []string{"server-0", "server-1", "server-2"}

func TestServices(t *testing.T) {
	f := newFixture(t)
	// The tests mostly wait, so they run in parallel.
	t.Run("together", f.runAll)
	t.Run("many Services", f.manyServices)
	t.Run("many claims", f.manyClaims)
	t.Run("a node cut off", f.nodeCutOff)
}

func (f *fixture) runAll(t *testing.T) {
	for name, test := range map[string]func(*fixture, *testing.T){
		"ClusterIP":                           (*fixture).clusterIP,
		"ClusterIP without endpoints":         (*fixture).withoutEndpoints,
		"ports by name":                       (*fixture).portsByName,
		"Service without a selector":          (*fixture).withoutSelector,
		"a Pod through its own Service":       (*fixture).hairpin,
		"internalTrafficPolicy Local":         (*fixture).internalTrafficPolicyLocal,
		"session affinity":                    (*fixture).sessionAffinity,
		"publishNotReadyAddresses":            (*fixture).publishNotReadyAddresses,
		"NodePort":                            (*fixture).nodePort,
		"NodePort, externalTrafficPolicy":     (*fixture).nodePortTrafficPolicies,
		"LoadBalancer":                        (*fixture).loadBalancers,
		"LoadBalancer, a released address":    (*fixture).loadBalancerReleases,
		"LoadBalancer, an invalid address":    (*fixture).loadBalancerAddress,
		"LoadBalancer without NodePorts":      (*fixture).loadBalancerWithoutNodePorts,
		"LoadBalancer, externalTrafficPolicy": (*fixture).loadBalancerTrafficPolicies,
		"LoadBalancer, network policy":        (*fixture).loadBalancerAndPolicy,
		"LoadBalancer, source ranges":         (*fixture).loadBalancerSourceRanges,
		"LoadBalancer with SCTP":              (*fixture).loadBalancerSCTP,
		"LoadBalancer, one address for two":   (*fixture).loadBalancerSharing,
		"LoadBalancer, finalizer and ports":   (*fixture).loadBalancerFinalizer,
		"LoadBalancer, health checks":         (*fixture).healthChecks,
		"hostPort":                            (*fixture).hostPort,
		"externalIPs":                         (*fixture).externalIPs,
		"DNS of a ClusterIP":                  (*fixture).dnsOfClusterIP,
		"DNS of a headless Service":           (*fixture).dnsOfHeadless,
		"DNS of an ExternalName":              (*fixture).dnsOfExternalName,
		"DNS of Pods":                         (*fixture).dnsOfPods,
		"DNS search list":                     (*fixture).dnsSearchList,
		"dnsPolicy and dnsConfig":             (*fixture).dnsPolicies,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(f, t)
		})
	}
}

// newFixture starts the Pods, and waits until all of them run and the servers are ready.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{client: clustertest.Client(t), namespace: clustertest.Namespace(t)}
	var manifests strings.Builder
	values := map[string]string{"Image": clustertest.ServerImage(t)}
	if err := template.Must(template.New("pods").Parse(podsYAML)).Execute(&manifests, values); err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, f.namespace, manifests.String())
	clustertest.Await(t, "running Pods", func() error {
		pods, err := f.client.CoreV1().Pods(f.namespace).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		f.pods = map[string]corev1.Pod{}
		for _, pod := range pods.Items {
			if pod.Status.Phase != corev1.PodRunning {
				return fmt.Errorf("Pod %s is %s", pod.Name, pod.Status.Phase)
			}
			f.pods[pod.Name] = pod
		}
		for _, name := range servers {
			if !ready(f.pods[name]) {
				return fmt.Errorf("%s is not ready", name)
			}
		}
		return nil
	})
	nodes, err := f.client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f.nodes = nodes.Items
	return f
}

func ready(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(condition corev1.PodCondition) bool {
		return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
	})
}

// service creates a Service from YAML, and returns it with the defaults of the API server.
func (f *fixture) service(t *testing.T, text string) *corev1.Service {
	t.Helper()
	var service corev1.Service
	if err := yaml.UnmarshalStrict([]byte(text), &service); err != nil {
		t.Fatal(err)
	}
	created, err := f.client.CoreV1().Services(f.namespace).Create(t.Context(), &service, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return created
}

func (f *fixture) ip(pod string) string { return f.pods[pod].Status.PodIP }

func (f *fixture) nodeOf(pod string) string { return f.pods[pod].Spec.NodeName }

// on returns the servers on a node.
func (f *fixture) on(node string) (names []string) {
	for _, name := range servers {
		if f.nodeOf(name) == node {
			names = append(names, name)
		}
	}
	return names
}

func internalIP(node corev1.Node) string { return addressOf(node, corev1.NodeInternalIP) }

func addressOf(node corev1.Node, kind corev1.NodeAddressType) string {
	for _, address := range node.Status.Addresses {
		if address.Type == kind {
			return address.Address
		}
	}
	return ""
}
