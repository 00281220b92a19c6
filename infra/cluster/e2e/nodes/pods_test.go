//go:build e2e

package nodes

import (
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// who starts a web server on port 80. /cgi-bin/who returns the host name, which is the Pod's name, and the client's
// address.
const who = `mkdir -p /www/cgi-bin
printf '#!/bin/sh\necho; echo $(hostname) $REMOTE_ADDR' > /www/cgi-bin/who
chmod +x /www/cgi-bin/who
echo serving
exec httpd -f -p 0.0.0.0:80 -h /www`

// serverSpec returns a Pod that runs this server, and is Ready when the server answers.
func serverSpec() corev1.PodSpec {
	return corev1.PodSpec{
		TerminationGracePeriodSeconds: ptr.To[int64](0),
		Containers: []corev1.Container{{
			Name: "main", Image: clustertest.Busybox, Command: []string{"sh", "-c", who},
			ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{
				Command: []string{"wget", "-qO-", "http://127.0.0.1/cgi-bin/who"},
			}}},
		}},
	}
}

// createServer creates a server on a node, with its name as the label app.
func createServer(t *testing.T, namespace, name, node string, change ...func(*corev1.PodSpec)) {
	t.Helper()
	spec := serverSpec()
	spec.NodeSelector = map[string]string{corev1.LabelHostname: node}
	for _, change := range change {
		change(&spec)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name, "kind": "server"}}, Spec: spec}
	if _, err := clustertest.Client(t).CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// startServer creates a server and waits until it is Ready.
func startServer(t *testing.T, namespace, name, node string) {
	t.Helper()
	createServer(t, namespace, name, node)
	awaitReady(t, namespace, name)
}

// startServers starts a server on each node, with the name of the node. It returns their addresses.
func startServers(t *testing.T, namespace string) (ips map[string]string) {
	t.Helper()
	ips = map[string]string{}
	for node := range allNodes(t) {
		createServer(t, namespace, node, node)
		ips[node] = ""
	}
	for node := range ips {
		ips[node] = awaitReady(t, namespace, node).Status.PodIP
	}
	return ips
}

func awaitReady(t *testing.T, namespace, name string) (pod *corev1.Pod) {
	t.Helper()
	clustertest.Await(t, "Pod "+name, func() (err error) {
		if pod, err = clustertest.Client(t).CoreV1().Pods(namespace).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			return err
		}
		if !isReady(*pod) {
			return errors.New("it is " + string(pod.Status.Phase))
		}
		return nil
	})
	return pod
}

func isReady(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// podsOf returns the Pods that match a label selector.
func podsOf(t *testing.T, namespace, selector string) []corev1.Pod {
	t.Helper()
	list, err := clustertest.Client(t).CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// answer is the name of a server, and the client's address as the server sees it. It is empty if no server answered.
type answer struct{ server, client string }

// ask sends a request from a Pod to each of the servers, given by address or name. It uses a single exec to save time.
func ask(t *testing.T, namespace, pod string, addresses ...string) []answer {
	t.Helper()
	output := clustertest.Exec(t, namespace, pod, "sh", "-c",
		`for address in `+strings.Join(addresses, " ")+`; do timeout 5 wget -qO- http://$address/cgi-bin/who || echo; done`)
	lines := strings.Split(strings.TrimSuffix(output, "\n"), "\n")
	if len(lines) != len(addresses) {
		t.Fatalf("for the servers %q, the output of %s is\n%s", addresses, pod, output)
	}
	var answers []answer
	for _, line := range lines {
		server, client, _ := strings.Cut(line, " ")
		answers = append(answers, answer{server, client})
	}
	return answers
}
