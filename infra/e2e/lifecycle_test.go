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
	"time"
)

func (s *scenario) busyPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:15000")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s.mustFail("make cluster", "127.0.0.1:15000", "sport = :15000")
	if left := s.processes(t); len(left) > 0 {
		t.Errorf("these still run: %q", left)
	}
}

func (s *scenario) missingCluster(t *testing.T) {
	s.mustFail("make deploy", "make cluster")
	if resources := s.resources(t); len(resources) > 0 {
		t.Errorf("the stack holds %v", resources)
	}
	preview := s.run("make preview")
	for _, resource := range []string{"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:core/v1:Service"} {
		if !strings.Contains(preview, resource) {
			t.Errorf("a preview without a cluster does not list %s:\n%s", resource, preview)
		}
	}
}

func (s *scenario) badConfiguration(t *testing.T) {
	resources := s.resources(t)
	for _, bad := range []struct{ key, value, text string }{
		{"replicas", "many", "replicas"},
		{"serviceType", "Magic", "LoadBalancer, NodePort"},
		{"imageRepo", "127.0.0.1:1/nowhere", "127.0.0.1:1"},
	} {
		s.mustFail(fmt.Sprintf("pulumi up --yes --skip-preview --config kubernetes-networking:%s=%s", bad.key, bad.value), bad.text)
		s.run("git checkout --quiet Pulumi.dev.yaml") // --config writes it
	}
	if now := s.resources(t); !slices.Equal(now, resources) {
		t.Errorf("the stack's resources changed from\n%v to\n%v", resources, now)
	}
}

// foreignNamespace creates the namespace before the first update. The stack must neither change nor delete it.
func (s *scenario) foreignNamespace(t *testing.T) {
	s.run("make cluster")
	s.run("kubectl create namespace kubernetes-networking && kubectl create configmap kept --namespace kubernetes-networking")
	s.mustFail("make deploy", `namespace is "kubernetes-networking"`, "already exists")
	s.mustFail("make preview", `namespace is "kubernetes-networking"`, "already exists")
	// The state of an update that was killed while it created the namespace changes nothing.
	s.editState(t, func(resources []resource, pending []operation) ([]resource, []operation) {
		creator := s.namespaceCreator()
		return append(resources, creator), append(pending, operation{"creating", createdBy(creator)})
	})
	s.mustFail("make deploy", `namespace is "kubernetes-networking"`, "already exists")
	s.run("make destroy")
	s.run("kubectl get configmap kept --namespace kubernetes-networking")
	if labels := s.run("kubectl get namespace kubernetes-networking --output jsonpath={.metadata.labels}"); strings.Contains(labels, "pod-security") {
		t.Errorf("the namespace has the labels %s, want none of the stack", labels)
	}
	s.run("make cluster-delete")
}

// namespaceCreator returns the provider of the namespace as an update records it.
func (s *scenario) namespaceCreator() resource {
	inputs := map[string]any{"kubeconfig": s.path(".local", "cluster", "kubeconfig"), "enableServerSideApply": "false"}
	return resource{
		"urn":    "urn:pulumi:dev::kubernetes-networking::pulumi:providers:kubernetes::namespace-creator",
		"custom": true, "type": "pulumi:providers:kubernetes", "id": "5a6f1c9e-0d3b-4c56-9a52-7c4a3b2d1e0f", "inputs": inputs, "outputs": inputs,
	}
}

// createdBy returns the namespace as an update records it before the provider creates it.
func createdBy(creator resource) resource {
	return resource{
		"urn":    "urn:pulumi:dev::kubernetes-networking::kubernetes-networking:namespace:Namespace$kubernetes:core/v1:Namespace::kubernetes-networking",
		"custom": true, "type": "kubernetes:core/v1:Namespace", "provider": fmt.Sprint(creator["urn"], "::", creator["id"]),
		"inputs": map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{
			"name": "kubernetes-networking", "labels": map[string]any{"app.kubernetes.io/part-of": "kubernetes-networking"},
		}},
	}
}

// onlyDeclared compares the objects in the namespace with those of the stack.
func (s *scenario) onlyDeclared(t *testing.T) {
	want := slices.DeleteFunc(s.identities(t), func(id string) bool { return strings.HasPrefix(id, "Namespace ") })
	if found := s.objects(t); !slices.Equal(found, want) {
		t.Errorf("the namespace holds\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
}

// missingImage deploys an image that the registry does not hold, and then the right one.
func (s *scenario) missingImage(t *testing.T) {
	started := time.Now()
	s.mustFail("pulumi up --yes --skip-preview --config kubernetes-networking:databaseImage=127.0.0.1:15000/nothing:1",
		"-database", "127.0.0.1:15000/nothing:1", "not found", "databaseImage")
	if took := time.Since(started); took > 2*time.Minute { // it takes 10 s; the provider alone would wait 11 minutes
		t.Errorf("the update failed after %s, want seconds", took)
	}
	s.run("git checkout --quiet Pulumi.dev.yaml")
	s.run("pulumi up --yes --skip-preview")
}

func (s *scenario) secondUp(t *testing.T) {
	t.Log(s.run("pulumi up --yes --skip-preview --expect-no-changes"))
}

// pid returns the process ID of the process that is process 1 in the cluster's PID namespace.
func (s *scenario) pid(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(strings.Fields(s.run("cat .local/cluster/lock"))[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func (s *scenario) kill(t *testing.T) {
	call(t, "POST", s.outputs.ClientsURL+"/clients", map[string]any{"taxCode": taxCode, "firstName": "Ada", "lastName": "Neri"}, http.StatusCreated)
	if err := syscall.Kill(s.pid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.run("make cluster-down") // waits until the kernel has killed the last process
	if left := s.processes(t); len(left) > 0 {
		t.Errorf("these still run: %q", left)
	}
	t.Log(s.run("make up"))
	client := call(t, "GET", s.outputs.ClientsURL+"/clients/"+taxCode, nil, http.StatusOK)
	if client["firstName"] != "Ada" {
		t.Errorf("the client is %v, want Ada", client)
	}
	s.noDrift(t)
	s.samePasswords(t)
}

func (s *scenario) destroy(t *testing.T) {
	s.killWhen(t, "make destroy", "deployments")
	t.Log(s.run("make destroy"))
	s.run("git checkout --quiet apps Pulumi.dev.yaml") // other steps changed them
	if resources := s.resources(t); len(resources) > 0 {
		t.Errorf("the stack still holds %v", resources)
	}
	s.mustFail("kubectl get namespace "+s.outputs.Namespace, "NotFound")
	if volumes := s.run("kubectl get persistentvolumes --output name"); volumes != "" {
		t.Errorf("volumes are left: %s", volumes)
	}
}
