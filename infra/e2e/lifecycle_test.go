//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func (s *story) busyPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:15000")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s.mustFail("make cluster", "127.0.0.1:15000 is in use by another program", "sport = :15000")
	if left := clusterProcesses(t); len(left) > 0 {
		t.Errorf("these are left running: %v", left)
	}
}

func (s *story) missingCluster(t *testing.T) {
	s.mustFail("make deploy", "make cluster")
	if resources := s.resources(t); len(resources) > 0 {
		t.Errorf("the stack holds %v", resources)
	}
	preview := s.run("make preview")
	for _, resource := range []string{"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:core/v1:Service"} {
		if !strings.Contains(preview, resource) {
			t.Errorf("a preview without a cluster should list %s, and prints\n%s", resource, preview)
		}
	}
}

func (s *story) badConfiguration(t *testing.T) {
	resources := s.resources(t)
	for _, bad := range []struct{ key, value, says string }{
		{"replicas", "many", "replicas"},
		{"serviceType", "Magic", "LoadBalancer, NodePort"},
		{"imageRepo", "127.0.0.1:1/nowhere", "127.0.0.1:1"},
	} {
		s.mustFail(fmt.Sprintf("pulumi up --yes --skip-preview --config kubernetes-networking:%s=%s", bad.key, bad.value), bad.says)
		s.run("git checkout --quiet Pulumi.dev.yaml") // --config writes it
	}
	if now := s.resources(t); !slices.Equal(now, resources) {
		t.Errorf("the stack's resources changed from\n%v to\n%v", resources, now)
	}
}

// foreignNamespace holds something before the stack's first up, which must neither change it nor delete it later.
func (s *story) foreignNamespace(t *testing.T) {
	s.run("make cluster")
	s.run("kubectl create namespace kubernetes-networking && kubectl create configmap kept --namespace kubernetes-networking")
	s.mustFail("make deploy", `namespaces "kubernetes-networking" already exists`)
	s.run("make destroy")
	s.run("kubectl get configmap kept --namespace kubernetes-networking")
	if labels := s.run("kubectl get namespace kubernetes-networking --output jsonpath={.metadata.labels}"); strings.Contains(labels, "pod-security") {
		t.Errorf("the labels of the namespace are now %s", labels)
	}
	s.run("make cluster-delete")
}

func (s *story) secondUp(t *testing.T) {
	t.Log(s.run("pulumi up --yes --skip-preview --expect-no-changes"))
}

func (s *story) codeChange(t *testing.T) {
	before := s.pods(s.outputs.Namespace)
	s.edit("apps/products/main.go", "func main() {", "func main() {\n\tprintln(\"a change\")\n")
	s.run("pulumi up --yes --skip-preview")
	s.run("git checkout --quiet apps")
	after := s.pods(s.outputs.Namespace)
	for name := range before {
		slices.Sort(before[name])
		slices.Sort(after[name])
		if changed := !slices.Equal(before[name], after[name]); changed != (name == "products") {
			t.Errorf("Pods of %s: changed is %v; before %v, after %v", name, changed, before[name], after[name])
		}
	}
	for _, uid := range after["products"] {
		if slices.Contains(before["products"], uid) {
			t.Errorf("Pod %s of products was not replaced", uid)
		}
	}
}

// pid is the process id of the cluster's process 1.
func (s *story) pid(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(strings.Fields(s.run("cat .local/cluster/lock"))[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func (s *story) kill(t *testing.T) {
	call(t, "POST", s.outputs.ClientsURL+"/clients", map[string]any{"taxCode": taxCode, "firstName": "Ada", "lastName": "Neri"}, http.StatusCreated)
	if err := syscall.Kill(s.pid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.run("make cluster-down") // there is none to stop, and it waits until the kernel has ended the last process
	if left := clusterProcesses(t); len(left) > 0 {
		t.Errorf("these are left running: %v", left)
	}
	t.Log(s.run("make up"))
	client := call(t, "GET", s.outputs.ClientsURL+"/clients/"+taxCode, nil, http.StatusOK)
	if client["firstName"] != "Ada" {
		t.Errorf("the client is %v, want Ada", client)
	}
}

func (s *story) destroy(t *testing.T) {
	t.Log(s.run("make destroy"))
	if resources := s.resources(t); len(resources) > 0 {
		t.Errorf("the stack still holds %v", resources)
	}
	s.mustFail("kubectl get namespace "+s.outputs.Namespace, "NotFound")
	if volumes := s.run("kubectl get persistentvolumes --output name"); volumes != "" {
		t.Errorf("volumes are left: %s", volumes)
	}
}
