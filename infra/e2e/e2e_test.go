//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestDemo runs the steps in order. Each step continues from the state that the previous one left, so the first failure
// ends the test.
func TestDemo(t *testing.T) {
	stopEarlierRun(t)
	before := inspectMachine(t)
	if len(before.listeners) > 0 {
		t.Fatalf("%v are in use: run `make down` in the checkout that started the running cluster", before.listeners)
	}
	s := &scenario{checkout: newCheckout(t)}
	for _, step := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"a busy port starts nothing", s.busyPort},
		{"a missing cluster leaves no half-created stack", s.missingCluster},
		{"an existing namespace is not adopted", s.foreignNamespace},
		{"the next update continues after one that was killed", s.interruptedUp},
		{"make up ends with URLs that answer", s.up},
		{"the cluster holds exactly the declared objects", s.onlyDeclared},
		{"network policies are enforced", s.networkPolicies},
		{"the three services call each other", s.services},
		{"each service serves its API description and metrics, and logs requests", s.describedAndMeasured},
		{"a client deleted while orders is down loses its orders later", s.ordersOutage},
		{"a rolling restart under load loses no request", s.rollingRestart},
		{"the explorer lists every Pod and Service", s.explorer},
		{"the probe is reachable only from its own Pod", s.probe},
		{"make verify reports differences from the declaration", s.verify},
		{"the explorer in a browser", s.browser},
		{"invalid configuration is reported in one line", s.badConfiguration},
		{"a second up changes nothing", s.secondUp},
		{"a missing image fails the update within seconds", s.missingImage},
		{"a second stack uses external databases", s.externalDatabases},
		{"refresh finds no drift", s.noDrift},
		{"a code change replaces only the Pods of its app, and loses no request", s.codeChange},
		{"a configuration change replaces the Pods that use it, and loses no request", s.configurationChange},
		{"manual drift is reported and repaired", s.drift},
		{"the explorer shows the cause of a lab", s.labs},
		{"no password or credential appears in plain text", s.secrecy},
		{"import, missing components and temporary files", s.tooling},
		{"data survives a SIGKILL of the cluster", s.kill},
		{"retained data survives destroy", s.retain},
		{"destroy deletes every object", s.destroy},
		{"a healthy start has no warnings", s.quietStart},
		{"cluster delete leaves nothing on the machine", func(t *testing.T) {
			traces := s.traces(t)
			s.run("make cluster-delete")
			traces.areGone(t)
			inspectMachine(t).hasNothingNew(t, before)
			if left := s.processes(t); len(left) > 0 {
				t.Errorf("processes left behind: %q", left)
			}
		}},
		{"git status is clean", func(t *testing.T) {
			if changed := s.run("git status --porcelain"); changed != "" {
				t.Errorf("git reports changes:\n%s", changed)
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

// scenario is the state that the steps share.
type scenario struct {
	*checkout
	outputs outputs
	// firstPasswords are the database passwords that the first update created.
	firstPasswords map[string]string
}

// resources returns the types of the stack's resources, without the stack itself.
func (s *scenario) resources(t *testing.T) []string {
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

func (s *scenario) up(t *testing.T) {
	t.Log(s.run("make up"))
	s.outputs = s.checkout.outputs()
	s.firstPasswords = s.passwords(t)
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
	for name, want := range map[string]string{
		names["clients"]: "http://%s.kubernetes-networking.svc:80", names["orders"]: "http://%s.kubernetes-networking.svc:80",
		names["products"]: "http://%s.kubernetes-networking.svc:80", names["explorer"]: "http://%s.kubernetes-networking.svc:80",
		names["ordersDatabase"]: "postgresql://%s.kubernetes-networking.svc:5432",
	} {
		if got := s.outputs.Services[name]; got != fmt.Sprintf(want, name) {
			t.Errorf("the URL of %s is %q, want "+want, name, got, name)
		}
		if got := s.outputs.ClusterIPs[name]; net.ParseIP(got) == nil {
			t.Errorf("the ClusterIP of %s is %q", name, got)
		}
	}
	pods := s.pods(s.outputs.Namespace)
	for name, want := range map[string]int{
		names["clients"]: 3, names["orders"]: 3, names["products"]: 3, names["explorer"]: 1, names["clientsDatabase"]: 1,
	} {
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
