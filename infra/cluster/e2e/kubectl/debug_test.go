//go:build e2e

package kubectl

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// debug runs kubectl debug without a terminal, waits until the debug container has ended, and returns its log.
func debug(t *testing.T, namespace, target, script string, args ...string) string {
	t.Helper()
	args = append([]string{"debug", "--namespace", namespace, target, "--image=" + clustertest.Busybox, "--container=debug"}, args...)
	clustertest.Kubectl(t, append(args, "--", "sh", "-c", script)...)
	pod := strings.TrimPrefix(target, "pod/")
	clustertest.Kubectl(t, "wait", "--namespace", namespace, "pod/"+pod, "--timeout=60s",
		`--for=jsonpath={.status.ephemeralContainerStatuses[?(@.name=="debug")].state.terminated.reason}=Completed`)
	return clustertest.Kubectl(t, "logs", "--namespace", namespace, pod, "--container=debug")
}

// startRestricted starts a web server on localhost that Pod Security's restricted profile admits, as the demo's Pods.
func startRestricted(t *testing.T, namespace string) {
	t.Helper()
	clustertest.Kubectl(t, "label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
	clustertest.Apply(t, namespace, `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {terminationGracePeriodSeconds: 1,
  securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: {type: RuntimeDefault}},
  containers: [{name: main, image: "`+clustertest.Busybox+`", command: [httpd, -f, -p, "127.0.0.1:8080", -h, /etc],
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}]}}`)
	clustertest.Kubectl(t, "wait", "--namespace", namespace, "--for=condition=Ready", "pod/web", "--timeout=60s")
}

func TestDebugSeesThePodsNetworkAndProcesses(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startRestricted(t, ns)
	_, err := clustertest.TryKubectl(t, "debug", "--namespace", ns, "web", "--image="+clustertest.Busybox, "--profile=general")
	if err == nil || !strings.Contains(err.Error(), `violates PodSecurity "restricted:latest"`) {
		t.Errorf("a debug container with more rights than the namespace permits: %v", err)
	}
	got := debug(t, ns, "web", "id -u; wget -qO- http://127.0.0.1:8080/passwd; hostname -i; nslookup -type=a kubernetes.default.svc.cluster.local; netstat -ltn; ps; echo root is $(ls /proc/1/root/etc)",
		"--profile=restricted", "--target=main")
	ip := clustertest.Kubectl(t, "get", "pod", "web", "--namespace", ns, "--output=jsonpath={.status.podIP}")
	contains(t, "its output", got, "65532\n", "root:x:0:0", ip+"\n", "Address: 10.96.0.1\n", "127.0.0.1:8080", "1 65532    httpd -f -p 127.0.0.1:8080", "passwd")
}

func TestDebugWithATerminal(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "web", container("main", web))
	debug := clustertest.KubectlCommand(t.Context(), "debug", "--namespace", ns, "--stdin", "--tty", "pod/web", "--image="+clustertest.Busybox, "--profile=netadmin")
	c := converse(t, debug)
	c.send("wget -qO- http://localhost\n") // sh reads it when it starts
	c.expect("web\r\n")
	c.send("ping -c 1 10.244.0.1; traceroute -n -m 1 10.244.0.1\n")
	c.expect("1 packets received")
	c.expect(" 1  10.244.0.1 ")
	c.send("exit\n")
	if err := debug.Wait(); err != nil {
		t.Errorf("kubectl debug: %v", err)
	}
}

func TestDebugOfACopyLeavesThePodAlone(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "broken", container("main", "sleep 1000"))
	clustertest.Kubectl(t, "debug", "--namespace", ns, "broken", "--copy-to=copy", "--container=main", "--profile=general", "--", "sh", "-c", web)
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Ready", "pod/copy", "--timeout=60s")
	clustertest.Await(t, "the copy's other command", func() error {
		_, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "copy", "--", "wget", "-qO-", "http://localhost")
		return err
	})
	if got, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "broken", "--", "wget", "-qO-", "http://localhost"); err == nil {
		t.Errorf("the original Pod serves as well: %s", got)
	}
	clustertest.Kubectl(t, "debug", "--namespace", ns, "broken", "--copy-to=shared", "--share-processes", "--image="+clustertest.Busybox, "--container=debug", "--profile=general",
		"--", "sh", "-c", "until ps | grep -q '[s]leep 1000'; do sleep 0.1; done; echo found")
	clustertest.Await(t, "the process of the other container", func() error {
		_, err := clustertest.TryKubectl(t, "wait", "--namespace", ns, "pod/shared", "--for=jsonpath={.status.containerStatuses[?(@.name==\"debug\")].state.terminated.reason}=Completed", "--timeout=1s")
		return err
	})
}

func TestDebugOfANodeSeesOnlyTheNode(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	node := layout.Node(1)
	clustertest.Kubectl(t, "debug", "--namespace", ns, "node/"+node.Name(), "--image="+clustertest.Busybox, "--profile=sysadmin",
		"--", "sh", "-c", "hostname; ip address; ps; chroot /host nft list tables; [ ! -e /host"+string(clustertest.Root())+" ] || echo the'' checkout") // quoted, because ps prints this command line
	pod := clustertest.Kubectl(t, "get", "pods", "--namespace", ns, "--output=jsonpath={.items[0].metadata.name}")
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=jsonpath={.status.phase}=Succeeded", "pod/"+pod, "--timeout=60s")
	got := clustertest.Kubectl(t, "logs", "--namespace", ns, pod)
	contains(t, "its output", got, node.Name()+"\n", "inet "+node.IP()+"/", "bin/kubelet ", "table ip kube-proxy")
	for _, other := range []string{"the checkout", "etcd", "kube-apiserver"} {
		if strings.Contains(got, other) {
			t.Errorf("it sees %s:\n%s", other, got)
		}
	}
}
