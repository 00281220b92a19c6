//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// enforcedWithin bounds the time from `kubectl apply` to the rules: a busy machine needs a tenth of a second.
const enforcedWithin = 10 * time.Second

// policyPods are the Pods between which policies are tried: name to the value of the label app.
var policyPods = map[string]map[string]string{
	"near": {"client": "client", "server": "server", "stranger": "stranger"},
	"far":  {"far-client": "client", "far-server": "server"},
}

// Each Pod asks with the tools of the database's image, and answers with CoreDNS: HTTP on 8080 and 8181, DNS on 5353.
// The node's probes go on all the time: one that is denied restarts the container.
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

// apiServer is where a flow begins that is no Pod: outside of every node, as policies see it.
const apiServer = "api-server"

// policyTrial is what policies are tried with.
type policyTrial struct {
	*story
	t         *testing.T
	pod       *strings.Replacer // completes the manifest of a Pod, but for its name, namespace and label
	addresses map[string]string // of Pods and Services, by the name that a flow has for them
	shells    map[string]*session
}

func (s *story) newPolicyTrial(t *testing.T) *policyTrial {
	image := func(of string) string {
		return s.run("kubectl get " + of + " --output jsonpath={.spec.template.spec.containers[0].image}")
	}
	trial := &policyTrial{story: s, t: t, addresses: map[string]string{}, shells: map[string]*session{}, pod: strings.NewReplacer(
		"SHELL_IMAGE", image("statefulset/"+names["ordersDatabase"]+" --namespace "+s.outputs.Namespace),
		"SERVER_IMAGE", image("deployment/coredns --namespace kube-system"),
	)}
	t.Cleanup(func() { s.run("kubectl delete namespaces near far --wait=false") })
	manifests := policyService
	for namespace, pods := range policyPods {
		manifests = strings.ReplaceAll(policyNamespace, "NAMESPACE", namespace) + manifests
		for name, app := range pods {
			manifests += trial.manifest(namespace, name, app)
		}
	}
	trial.apply(manifests)
	for namespace, pods := range policyPods {
		for name := range pods {
			trial.meet(namespace, name)
		}
	}
	trial.addresses["service"] = s.run("kubectl get service service --namespace near --output jsonpath={.spec.clusterIP}")
	trial.addresses["kube-dns"] = s.run("kubectl get service kube-dns --namespace kube-system --output jsonpath={.spec.clusterIP}")
	trial.addresses["kubernetes"] = s.run("kubectl get service kubernetes --namespace default --output jsonpath={.spec.clusterIP}")
	trial.addresses[apiServer] = s.run("kubectl get endpointslice kubernetes --namespace default --output jsonpath={.endpoints[0].addresses[0]}")
	return trial
}

func (n *policyTrial) manifest(namespace, name, app string) string {
	return n.pod.Replace(strings.NewReplacer("NAMESPACE", namespace, "POD", name, "APP", app).Replace(policyPod))
}

// meet waits for a Pod, notes its address, and opens a shell in it.
func (n *policyTrial) meet(namespace, name string) {
	n.addresses[name] = n.run(fmt.Sprintf("kubectl wait pod/%[2]s --namespace %[1]s --for condition=Ready --timeout 1m >/dev/null && "+
		"kubectl get pod/%[2]s --namespace %[1]s --output jsonpath={.status.podIP}", namespace, name))
	n.shells[name] = n.session(n.t, namespace, name, "shell", "sh")
}

// apply applies manifests. It says nothing, since there are many.
func (n *policyTrial) apply(manifests string) {
	n.t.Helper()
	if output, err := n.try("kubectl apply --filename - <<'MANIFESTS'\n" + manifests + "\nMANIFESTS"); err != nil {
		n.t.Fatalf("apply: %v\n%s", err, output)
	}
}

// await waits until each flow is as it should be. It returns how long that took.
//
// Denied flows are looked at first: when they are, the rules are in force, and what is open then is open because of them.
func (n *policyTrial) await(what string, open, denied []string) time.Duration {
	n.t.Helper()
	for started := time.Now(); ; {
		took := time.Since(started)
		wrong := append(n.thatAre(true, denied), n.thatAre(false, open)...)
		if len(wrong) == 0 {
			return took
		}
		if took > enforcedWithin {
			n.t.Fatalf("%s: after %s these are not as they should be: %q", what, took, wrong)
		}
	}
}

// thatAre returns those of the flows that are open, or those that are not. Each flow, such as "client > service:80" or
// "client > kube-dns:53/udp", is tried once, and all of them at the same time.
func (n *policyTrial) thatAre(open bool, flows []string) []string {
	n.t.Helper()
	for _, flow := range flows {
		if from, to, _ := strings.Cut(flow, " > "); from != apiServer {
			n.shells[from].send(fmt.Sprintf(`if %s; then echo "open %s"; else echo "denied %[2]s"; fi </dev/null &`, n.connect(to), flow))
		}
	}
	isOpen := map[string]bool{}
	for _, flow := range flows {
		if from, to, _ := strings.Cut(flow, " > "); from != apiServer {
			verdict, which, _ := strings.Cut(n.shells[from].receive(), " ")
			isOpen[which] = verdict == "open"
		} else { // it is asked to pass on a request
			_, err := n.try("kubectl get --raw /api/v1/namespaces/near/pods/" + to + "/proxy/health")
			isOpen[flow] = err == nil
		}
	}
	return slices.DeleteFunc(slices.Clone(flows), func(flow string) bool { return isOpen[flow] != open })
}

// connect is the command that connects to a host and port. A denied connection is refused after a second: what answers
// the first packet comes back so soon that Linux, which is still sending, takes no note of it.
func (n *policyTrial) connect(to string) string {
	host, port, _ := strings.Cut(to, ":")
	if number, ok := strings.CutSuffix(port, "/udp"); ok {
		return fmt.Sprintf("nslookup -type=a -timeout=1 -retry=1 kubernetes.default.svc.cluster.local. %s:%s >/dev/null 2>&1", n.addresses[host], number)
	}
	return fmt.Sprintf("nc -w 3 %s %s >/dev/null 2>&1", n.addresses[host], port)
}
