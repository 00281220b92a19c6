//go:build e2e

// Package policies tests that NetworkPolicies hold for the first packet of each Pod, on a cluster of one or more nodes
// (NODES=3).
package policies

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestMain(m *testing.M) { clustertest.Main(m, clustertest.Nodes()) }

//go:embed pods.yaml
var podsYAML string

const (
	oneByOne = 100
	atOnce   = 30
	restarts = 10
	// restarted is the number of Pods that start again with the cluster, for each app.
	restarted = 5
)

type fixture struct {
	client        kubernetes.Interface
	namespace     string
	image         string
	server, other string // their addresses
}

// api is the API server's address. It answers before any Pod starts.
var api = layout.NodesAPIAddress

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{client: clustertest.Client(t), namespace: clustertest.Namespace(t), image: clustertest.ServerImage(t)}
	var manifests bytes.Buffer
	if err := template.Must(template.New("").Parse(podsYAML)).Execute(&manifests, map[string]string{
		"Image": f.image, "ControlPlane": layout.ControlPlaneIP,
	}); err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, f.namespace, manifests.String())
	clustertest.Kubectl(t, "wait", "--namespace", f.namespace, "pod", "server", "other", "--for=condition=Ready", "--timeout=60s")
	for name, address := range map[string]*string{"server": &f.server, "other": &f.other} {
		pod, err := f.client.CoreV1().Pods(f.namespace).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		*address = pod.Status.PodIP
	}
	return f
}

// start creates a Pod that dials from its first instruction.
func (f *fixture) start(t *testing.T, name, app string, targets ...string) {
	t.Helper()
	noGrace := int64(0)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &noGrace,
			Containers:                    []corev1.Container{{Name: "dial", Image: f.image, Args: append([]string{"dial"}, targets...)}},
		},
	}
	if _, err := f.client.CoreV1().Pods(f.namespace).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// results waits until a Pod's container, which has been restarted the given number of times, has dialed, and counts its
// results.
func (f *fixture) results(t *testing.T, name string, restarts int32) results {
	t.Helper()
	var lines []string
	clustertest.AwaitWithin(t, 2*time.Minute, "the end of "+name, func() error {
		pod, err := f.client.CoreV1().Pods(f.namespace).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if found := pod.Status.ContainerStatuses; len(found) == 0 || found[0].RestartCount != restarts || found[0].State.Running == nil {
			return fmt.Errorf("its containers are %v", found)
		}
		log, err := f.client.CoreV1().Pods(f.namespace).GetLogs(name, &corev1.PodLogOptions{}).DoRaw(t.Context())
		lines = strings.Split(strings.TrimSpace(string(log)), "\n")
		if err == nil && lines[len(lines)-1] != "done" {
			err = errors.New("it still dials")
		}
		return err
	})
	counted := results{}
	for _, line := range lines[:len(lines)-1] {
		words := strings.Fields(line)
		if len(words) != 3 {
			t.Fatalf("%s printed %q", name, line)
		}
		took, err := strconv.Atoi(words[2])
		if err != nil {
			t.Fatal(err)
		}
		r := counted[words[0]+" "+words[1]]
		r.count, r.slowest = r.count+1, max(r.slowest, took)
		counted[words[0]+" "+words[1]] = r
	}
	return counted
}

// results counts connections by what they should be and what they were, such as "allowed open".
type results map[string]struct {
	count   int
	slowest int // milliseconds
}

// add adds other results, and fails the test if one is not as it should be.
func (r results) add(t *testing.T, name string, other results) {
	t.Helper()
	for kind, found := range other {
		if kind != "allowed open" && !slices.Contains([]string{"denied refused", "denied silent"}, kind) {
			t.Errorf("%s: %d connections are %s", name, found.count, kind)
		}
		total := r[kind]
		total.count, total.slowest = total.count+found.count, max(total.slowest, found.slowest)
		r[kind] = total
	}
	if other["allowed open"].count == 0 && other["denied refused"].count == 0 {
		t.Errorf("%s has no result", name)
	}
}

func (r results) String() string {
	var lines []string
	for kind, found := range r {
		lines = append(lines, fmt.Sprintf("%s: %d (slowest %d ms)", kind, found.count, found.slowest))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

func TestPoliciesHoldForTheFirstPacketOfAPod(t *testing.T) {
	f := newFixture(t)
	targets := []string{"denied=" + f.other + ":8081", "denied=" + f.server + ":8082", "allowed=" + f.server + ":8081"}
	t.Run("one Pod after the other", func(t *testing.T) {
		total := results{}
		for i := range oneByOne {
			name := fmt.Sprintf("one-%d", i)
			f.start(t, name, "client", targets...)
			total.add(t, name, f.results(t, name, 0))
			f.remove(t, name)
		}
		t.Logf("%d Pods: %s", oneByOne, total)
	})
	t.Run("many Pods at once", func(t *testing.T) {
		total := results{}
		for i := range atOnce {
			f.start(t, fmt.Sprintf("many-%d", i), "client", targets...)
		}
		for i := range atOnce {
			name := fmt.Sprintf("many-%d", i)
			total.add(t, name, f.results(t, name, 0))
			f.remove(t, name)
		}
		t.Logf("%d Pods: %s", atOnce, total)
	})
}

func (f *fixture) remove(t *testing.T, name string) {
	t.Helper()
	if err := f.client.CoreV1().Pods(f.namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
}

func TestPoliciesHoldWhenTheClusterStartsAgain(t *testing.T) {
	f := newFixture(t)
	for i := range restarted {
		// They dial again with each start of the cluster.
		f.start(t, fmt.Sprintf("allowed-%d", i), "client", "allowed="+api)
		f.start(t, fmt.Sprintf("denied-%d", i), "other", "denied="+api)
	}
	total := results{}
	for round := range int32(restarts + 1) {
		if round > 0 {
			clustertest.Cluster(t, "down")
			clustertest.Cluster(t, "up", "--nodes", strconv.Itoa(clustertest.Nodes()))
		}
		for i := range restarted {
			for _, name := range []string{fmt.Sprintf("allowed-%d", i), fmt.Sprintf("denied-%d", i)} {
				total.add(t, fmt.Sprintf("%s after %d restarts", name, round), f.results(t, name, round))
			}
		}
	}
	t.Logf("%d Pods, %d restarts: %s", 2*restarted, restarts, total)
}
