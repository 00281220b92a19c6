//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// enforcedWithin limits the time from `kubectl apply` to the rules in the kernel. An idle machine needs a tenth of a
// second.
const enforcedWithin = 10 * time.Second

// policyPods are the Pods of the test by namespace: name to the value of the label app.
var policyPods = map[string]map[string]string{
	"near": {"client": "client", "server": "server", "stranger": "stranger"},
	"far":  {"far-client": "client", "far-server": "server"},
}

// policyPod is the manifest of each Pod. One container connects with the tools of the database image. The other answers
// with CoreDNS: HTTP on 8080 and 8181, DNS on 5353. One denied probe of the node restarts it.
const policyPod = `---
apiVersion: v1
kind: Pod
metadata: {name: POD, namespace: NAMESPACE, labels: {app: APP}}
spec:
  terminationGracePeriodSeconds: 0
  volumes: [{name: config, configMap: {name: server}}]
  containers:
    - {name: shell, image: "SHELL_IMAGE", command: [sleep, "3600"]}
    - name: server
      image: SERVER_IMAGE
      args: [-conf, /config/Corefile]
      ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 5353, protocol: UDP}]
      volumeMounts: [{name: config, mountPath: /config}]
      startupProbe: {httpGet: {path: /ready, port: 8181}, periodSeconds: 1, failureThreshold: 60}
      livenessProbe: {httpGet: {path: /health, port: 8080}, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 1}
`

const policyNamespace = `---
apiVersion: v1
kind: Namespace
metadata: {name: NAMESPACE}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: server, namespace: NAMESPACE}
data:
  Corefile: |
    .:5353 {
        health :8080
        ready :8181
        template ANY ANY {
            answer "{{ .Name }} 60 IN A 127.0.0.1"
        }
    }
`

const policyService = `---
apiVersion: v1
kind: Service
metadata: {name: service, namespace: near}
spec: {selector: {app: server}, ports: [{port: 80, targetPort: 8080}]}
`

// apiServer is the source of connections that do not come from a Pod. To policies, it is outside every node.
const apiServer = "api-server"

// policyTest holds the Pods of the NetworkPolicy test.
type policyTest struct {
	*scenario
	t         *testing.T
	pod       *strings.Replacer   // inserts the images into policyPod
	addresses map[string]string   // of Pods and Services, by the name that a connection uses for them
	shells    map[string]*session // by Pod
}

func (s *scenario) newPolicyTest(t *testing.T) *policyTest {
	image := func(workload string) string {
		return s.run("kubectl get " + workload + " --output jsonpath={.spec.template.spec.containers[0].image}")
	}
	n := &policyTest{scenario: s, t: t, addresses: map[string]string{}, shells: map[string]*session{}, pod: strings.NewReplacer(
		"SHELL_IMAGE", image("statefulset/"+names["ordersDatabase"]+" --namespace "+s.outputs.Namespace),
		"SERVER_IMAGE", image("deployment/coredns --namespace kube-system"),
	)}
	t.Cleanup(func() { s.run("kubectl delete namespaces near far --wait=false") })
	manifests := policyService
	for namespace, pods := range policyPods {
		manifests = strings.ReplaceAll(policyNamespace, "NAMESPACE", namespace) + manifests
		for name, app := range pods {
			manifests += n.manifest(namespace, name, app)
		}
	}
	n.apply(manifests)
	for namespace, pods := range policyPods {
		for name := range pods {
			n.openShell(namespace, name)
		}
	}
	n.addresses["service"] = s.run("kubectl get service service --namespace near --output jsonpath={.spec.clusterIP}")
	n.addresses["kube-dns"] = s.run("kubectl get service kube-dns --namespace kube-system --output jsonpath={.spec.clusterIP}")
	n.addresses["kubernetes"] = s.run("kubectl get service kubernetes --namespace default --output jsonpath={.spec.clusterIP}")
	n.addresses[apiServer] = s.run("kubectl get endpointslice kubernetes --namespace default --output jsonpath={.endpoints[0].addresses[0]}")
	return n
}

func (n *policyTest) manifest(namespace, name, app string) string {
	return n.pod.Replace(strings.NewReplacer("NAMESPACE", namespace, "POD", name, "APP", app).Replace(policyPod))
}

// openShell waits until the Pod is ready, records its address, and starts a shell in it.
func (n *policyTest) openShell(namespace, name string) {
	n.addresses[name] = n.run(fmt.Sprintf("kubectl wait pod/%[2]s --namespace %[1]s --for condition=Ready --timeout 1m >/dev/null && "+
		"kubectl get pod/%[2]s --namespace %[1]s --output jsonpath={.status.podIP}", namespace, name))
	n.shells[name] = n.session(n.t, namespace, name, "shell", "sh")
}

// apply applies manifests. It logs nothing, because it runs often.
func (n *policyTest) apply(manifests string) {
	n.t.Helper()
	if output, err := n.try("kubectl apply --filename - <<'MANIFESTS'\n" + manifests + "\nMANIFESTS"); err != nil {
		n.t.Fatalf("apply: %v\n%s", err, output)
	}
}

// await waits until each connection in open succeeds and each in denied fails, and returns how long that took.
//
// It tries the denied connections first. Once they fail, the rules are in force, and an open connection is open because
// of them.
func (n *policyTest) await(what string, open, denied []string) time.Duration {
	n.t.Helper()
	for started := time.Now(); ; {
		took := time.Since(started)
		wrong := append(n.filter(denied, true), n.filter(open, false)...)
		if len(wrong) == 0 {
			return took
		}
		if took > enforcedWithin {
			n.t.Fatalf("%s: after %s, these are still wrong: %q", what, took, wrong)
		}
	}
}

// filter returns the connections that are open, or those that are not. A connection is "client > service:80" or "client
// > kube-dns:53/udp". All are tried once and concurrently.
func (n *policyTest) filter(connections []string, open bool) []string {
	n.t.Helper()
	for _, connection := range connections {
		if from, to, _ := strings.Cut(connection, " > "); from != apiServer {
			n.shells[from].send(fmt.Sprintf(`if %s; then echo "open %s"; else echo "denied %[2]s"; fi </dev/null &`, n.connect(to), connection))
		}
	}
	isOpen := map[string]bool{}
	for _, connection := range connections {
		if from, to, _ := strings.Cut(connection, " > "); from != apiServer {
			verdict, tried, _ := strings.Cut(n.shells[from].receive(), " ")
			isOpen[tried] = verdict == "open"
		} else { // through the API server's proxy
			_, err := n.try("kubectl get --raw /api/v1/namespaces/near/pods/" + to + "/proxy/health")
			isOpen[connection] = err == nil
		}
	}
	return slices.DeleteFunc(slices.Clone(connections), func(connection string) bool { return isOpen[connection] != open })
}

// connect returns the shell command that connects to a host and port. A denied connection is refused only after a
// second: the answer to the first packet arrives before Linux has finished sending the packet, and is ignored.
func (n *policyTest) connect(to string) string {
	host, port, _ := strings.Cut(to, ":")
	if number, ok := strings.CutSuffix(port, "/udp"); ok {
		return fmt.Sprintf("nslookup -type=a -timeout=1 -retry=1 kubernetes.default.svc.cluster.local. %s:%s >/dev/null 2>&1", n.addresses[host], number)
	}
	return fmt.Sprintf("nc -w 3 %s %s >/dev/null 2>&1", n.addresses[host], port)
}
