//go:build e2e

// Package services tests all kinds of Services and their names on a real cluster of one or more nodes (NODES=3).
package services

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestMain(m *testing.M) {
	nodes, err := strconv.Atoi(os.Getenv("NODES"))
	if err != nil {
		nodes = 1
	}
	clustertest.Main(m, nodes)
}

//go:embed pods.yaml
var podsYAML string

// world is what all tests share: Pods in a namespace, and the nodes.
type world struct {
	client    kubernetes.Interface
	namespace string
	nodes     []corev1.Node
	pods      map[string]corev1.Pod
}

// servers are the Pods that are ready to serve.
var servers = []string{"server-0", "server-1", "server-2"}

func TestServices(t *testing.T) {
	w := newWorld(t)
	// They wait most of the time, so they run at once.
	t.Run("together", w.runAll)
	t.Run("many Services", w.manyServices)
	t.Run("many claims", w.manyClaims)
	t.Run("a node cut off", w.nodeCutOff)
}

func (w *world) runAll(t *testing.T) {
	for name, test := range map[string]func(*world, *testing.T){
		"ClusterIP":                           (*world).clusterIP,
		"ClusterIP without endpoints":         (*world).withoutEndpoints,
		"ports by name":                       (*world).portsByName,
		"Service without a selector":          (*world).withoutSelector,
		"a Pod through its own Service":       (*world).hairpin,
		"internalTrafficPolicy Local":         (*world).internalTrafficPolicyLocal,
		"session affinity":                    (*world).sessionAffinity,
		"publishNotReadyAddresses":            (*world).publishNotReadyAddresses,
		"NodePort":                            (*world).nodePort,
		"NodePort, externalTrafficPolicy":     (*world).nodePortTrafficPolicies,
		"LoadBalancer":                        (*world).loadBalancers,
		"LoadBalancer, an address released":   (*world).loadBalancerReleases,
		"LoadBalancer, an address asked for":  (*world).loadBalancerAddress,
		"LoadBalancer without NodePorts":      (*world).loadBalancerWithoutNodePorts,
		"LoadBalancer, externalTrafficPolicy": (*world).loadBalancerTrafficPolicies,
		"LoadBalancer, network policy":        (*world).loadBalancerAndPolicy,
		"LoadBalancer, source ranges":         (*world).loadBalancerSourceRanges,
		"LoadBalancer with SCTP":              (*world).loadBalancerSCTP,
		"LoadBalancer, one address for two":   (*world).loadBalancerSharing,
		"LoadBalancer, finalizer and ports":   (*world).loadBalancerFinalizer,
		"LoadBalancer, health checks":         (*world).healthChecks,
		"hostPort":                            (*world).hostPort,
		"externalIPs":                         (*world).externalIPs,
		"DNS of a ClusterIP":                  (*world).dnsOfClusterIP,
		"DNS of a headless Service":           (*world).dnsOfHeadless,
		"DNS of an ExternalName":              (*world).dnsOfExternalName,
		"DNS of Pods":                         (*world).dnsOfPods,
		"DNS search list":                     (*world).dnsSearchList,
		"dnsPolicy and dnsConfig":             (*world).dnsPolicies,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(w, t)
		})
	}
}

// newWorld starts the Pods and waits until they run and the servers are ready.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{client: clustertest.Client(t), namespace: clustertest.Namespace(t)}
	var manifests strings.Builder
	values := map[string]string{"Image": clustertest.ServerImage(t)}
	if err := template.Must(template.New("pods").Parse(podsYAML)).Execute(&manifests, values); err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, w.namespace, manifests.String())
	clustertest.Await(t, "Pods that run", func() error {
		pods, err := w.client.CoreV1().Pods(w.namespace).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		w.pods = map[string]corev1.Pod{}
		for _, pod := range pods.Items {
			if pod.Status.Phase != corev1.PodRunning {
				return fmt.Errorf("Pod %s is %s", pod.Name, pod.Status.Phase)
			}
			w.pods[pod.Name] = pod
		}
		for _, name := range servers {
			if !ready(w.pods[name]) {
				return fmt.Errorf("%s is not ready", name)
			}
		}
		return nil
	})
	nodes, err := w.client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.nodes = nodes.Items
	return w
}

func ready(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(condition corev1.PodCondition) bool {
		return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
	})
}

// service makes a Service of what stands in YAML, and returns it with what the API server has added.
func (w *world) service(t *testing.T, text string) *corev1.Service {
	t.Helper()
	var service corev1.Service
	if err := yaml.UnmarshalStrict([]byte(text), &service); err != nil {
		t.Fatal(err)
	}
	made, err := w.client.CoreV1().Services(w.namespace).Create(t.Context(), &service, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (w *world) ip(pod string) string { return w.pods[pod].Status.PodIP }

func (w *world) nodeOf(pod string) string { return w.pods[pod].Spec.NodeName }

// on are the servers on a node.
func (w *world) on(node string) (names []string) {
	for _, name := range servers {
		if w.nodeOf(name) == node {
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
