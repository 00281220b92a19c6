//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestDemo is one story: each step starts from what the one before left, so the first that fails ends it.
func TestDemo(t *testing.T) {
	before := look(t)
	if len(before.listeners) > 0 {
		t.Fatalf("%v are in use: stop the running cluster first with `make down`", before.listeners)
	}
	s := &story{checkout: newCheckout(t)}
	for _, step := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"a busy port starts nothing", s.busyPort},
		{"a missing cluster makes no half-made stack", s.missingCluster},
		{"make up ends with URLs that answer", s.up},
		{"the three services call each other", s.services},
		{"the explorer shows every workload", s.explorer},
		{"the probe answers in its own Pod only", s.probe},
		{"bad configuration is one clear line", s.badConfiguration},
		{"passwords are nowhere in plain text", s.passwords},
		{"a second up changes nothing", s.secondUp},
		{"a code change rolls exactly its own Pods", s.codeChange},
		{"data survives a SIGKILL of the cluster", s.kill},
		{"destroy leaves nothing in the cluster", s.destroy},
		{"cluster delete leaves nothing on the machine", func(t *testing.T) {
			namespaces := namespacesOf(t, s.pid(t))
			s.run("make cluster-delete")
			look(t).sameAs(t, before)
			noneIn(t, namespaces)
		}},
		{"git status is clean", func(t *testing.T) {
			if changed := s.run("git status --porcelain"); changed != "" {
				t.Errorf("after all that, git says\n%s", changed)
			}
		}},
	} {
		if !t.Run(step.name, func(t *testing.T) { s.t = t; step.run(t) }) {
			s.t = t
			t.FailNow()
		}
	}
	s.t = t
}

type story struct {
	*checkout
	outputs outputs
}

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

// resources are the types of the stack's resources, but for the stack itself.
func (s *story) resources(t *testing.T) []string {
	t.Helper()
	var state struct {
		Deployment struct {
			Resources []struct {
				Type string `json:"type"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal([]byte(s.run("pulumi stack export")), &state); err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, resource := range state.Deployment.Resources {
		if resource.Type != "pulumi:pulumi:Stack" {
			types = append(types, resource.Type)
		}
	}
	return types
}

func (s *story) up(t *testing.T) {
	t.Log(s.run("make up"))
	s.outputs = s.checkout.outputs()
	if s.outputs.Namespace != "kubernetes-networking" {
		t.Errorf("namespace is %q", s.outputs.Namespace)
	}
	for name, url := range map[string]string{
		"explorer": s.outputs.ExplorerURL, "clients": s.outputs.ClientsURL,
		"orders": s.outputs.OrdersURL, "products": s.outputs.ProductsURL,
	} {
		if !strings.HasPrefix(url, "http://127.80.0.") {
			t.Errorf("the URL of %s is %q, want one on 127.80.0.0/24", name, url)
		}
		if status, body := send(t, http.MethodGet, url+"/readyz", nil); status != http.StatusNoContent {
			t.Errorf("%s/readyz answers %d: %s", url, status, body)
		}
	}
	for name, port := range map[string]int{"clients": 80, "orders": 80, "products": 80, "explorer": 80, "orders-database": 5432} {
		service := s.outputs.Services[name]
		if service.Port != port || service.DNSName != name+".kubernetes-networking.svc" || net.ParseIP(service.ClusterIP) == nil {
			t.Errorf("the output of %s is %+v, want port %d", name, service, port)
		}
	}
	pods := s.pods(s.outputs.Namespace)
	for name, want := range map[string]int{"clients": 3, "orders": 3, "products": 3, "explorer": 1, "clients-database": 1} {
		if got := len(pods[name]); got != want {
			t.Errorf("%s has %d Pods, want %d", name, got, want)
		}
	}
	notReady := s.run(`kubectl get pods --all-namespaces --output jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'`)
	for line := range strings.Lines(notReady) {
		if !strings.HasSuffix(strings.TrimSpace(line), " True") {
			t.Errorf("a Pod is not Ready after make up: %s", line)
		}
	}
}

const taxCode = "RSSMRA85T10A562S"

func (s *story) services(t *testing.T) {
	o := s.outputs
	call(t, "POST", o.OrdersURL+"/orders", map[string]any{"clientTaxCode": taxCode}, http.StatusUnprocessableEntity)
	call(t, "POST", o.ClientsURL+"/clients", map[string]any{"taxCode": taxCode, "firstName": "Maria", "lastName": "Rossi"}, http.StatusCreated)
	product := call(t, "POST", o.ProductsURL+"/products", map[string]any{"name": "Chair"}, http.StatusCreated)
	order := call(t, "POST", o.OrdersURL+"/orders", map[string]any{"clientTaxCode": taxCode}, http.StatusCreated)
	url := fmt.Sprintf("%s/orders/%s", o.OrdersURL, order["id"])
	call(t, "PUT", fmt.Sprintf("%s/products/%s", url, product["code"]), nil, http.StatusNoContent)

	read := call(t, "GET", url, nil, http.StatusOK)
	if client, _ := read["client"].(map[string]any); client["lastName"] != "Rossi" {
		t.Errorf("the order's client is %v, want Maria Rossi, asked from clients", read["client"])
	}
	if products, _ := read["products"].([]any); len(products) != 1 || products[0].(map[string]any)["name"] != "Chair" {
		t.Errorf("the order's products are %v, want one Chair, asked from products", read["products"])
	}
	call(t, "DELETE", o.ClientsURL+"/clients/"+taxCode, nil, http.StatusNoContent)
	call(t, "GET", url, nil, http.StatusNotFound)
	call(t, "GET", o.ClientsURL+"/clients/"+taxCode, nil, http.StatusNotFound)
}

func (s *story) explorer(t *testing.T) {
	_, page := send(t, http.MethodGet, s.outputs.ExplorerURL+"/", nil)
	for _, name := range []string{"clients", "orders", "products", "explorer", "probe", "clients-database"} {
		if !strings.Contains(string(page), name) {
			t.Errorf("the page does not show %s", name)
		}
	}
	for name, service := range s.outputs.Services {
		if !strings.Contains(string(page), service.ClusterIP) {
			t.Errorf("the page does not show %s, the ClusterIP of %s", service.ClusterIP, name)
		}
	}
}

// probe asks the API server to open the connections, since no other Pod has a shell to do it from.
func (s *story) probe(t *testing.T) {
	pod := strings.TrimSpace(s.run("kubectl get pods --namespace " + s.outputs.Namespace +
		" --selector app.kubernetes.io/name=explorer --output jsonpath={.items[0].metadata.name}"))
	path := "kubectl get --raw /api/v1/namespaces/" + s.outputs.Namespace + "/pods/" + pod
	if answer := s.run(path + ":8080/proxy/api/network"); !strings.Contains(answer, `"workloads"`) {
		t.Errorf("on the Pod's address the explorer answers %s", answer)
	}
	s.mustFail(path+":8081/proxy/livez", "connection refused")
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

func (s *story) passwords(t *testing.T) {
	encoded := s.run("kubectl get secrets --namespace " + s.outputs.Namespace +
		` --output jsonpath='{range .items[*]}{.data.password}{"\n"}{end}'`)
	state := s.run("pulumi stack export; pulumi stack output --json")
	found := 0
	for password := range strings.FieldsSeq(encoded) {
		found++
		plain, err := exec.Command("sh", "-c", "printf %s \"$1\" | base64 -d", "decode", password).Output()
		if err != nil {
			t.Fatal(err)
		}
		if len(plain) < 20 {
			t.Errorf("a password has %d characters, want at least 20", len(plain))
		}
		if strings.Contains(state, password) || strings.Contains(state, string(plain)) {
			t.Error("a password stands in the stack's state or outputs")
		}
	}
	if found != 3 {
		t.Errorf("%d Secrets hold a password, want 3", found)
	}
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
	pid, err := strconv.Atoi(strings.TrimSpace(s.run("cat .local/cluster/lock")))
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
	s.run("make cluster-down") // waits for nothing here: it says that no cluster is running
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
