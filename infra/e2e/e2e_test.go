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

// step is a part of a test. It continues from the state that the previous step left.
type step struct {
	name string
	run  func(s *scenario, t *testing.T)
}

// TestDemo is the life of the demo: `make e2e`.
func TestDemo(t *testing.T) {
	run(t, []step{
		{"make up ends with URLs that answer", (*scenario).up},
		{"the cluster holds exactly the declared objects", (*scenario).onlyDeclared},
		{"network policies are enforced", (*scenario).networkPolicies},
		{"the three services call each other", (*scenario).services},
		{"each service serves its API description and metrics, and logs requests", (*scenario).describedAndMeasured},
		{"a client deleted while orders is down loses its orders later", (*scenario).ordersOutage},
		{"a rolling restart under load loses no request", (*scenario).rollingRestart},
		{"the explorer lists every Pod and Service", (*scenario).explorer},
		{"the probe is reachable only from its own Pod", (*scenario).probe},
		{"make verify reports differences from the declaration", (*scenario).verify},
		{"invalid configuration is reported in one line", (*scenario).badConfiguration},
		{"a second up changes nothing", (*scenario).secondUp},
		{"a missing image fails the update within seconds", (*scenario).missingImage},
		{"a code change replaces only the Pods of its app, and loses no request", (*scenario).codeChange},
		{"the explorer shows the cause of a lab", (*scenario).someLabs},
		{"no password or credential appears in plain text", (*scenario).secrecy},
		{"data survives a SIGKILL of the cluster", (*scenario).kill},
		{"destroy deletes every object", (*scenario).destroy},
		{"a healthy start has no warnings", (*scenario).quietStart},
	})
}

// TestBrowser tests the pages of the healthy demo: `make e2e ONLY=browser`.
func TestBrowser(t *testing.T) {
	run(t, []step{
		{"make up ends with URLs that answer", (*scenario).up},
		{"the explorer in a browser", (*scenario).browser},
	})
}

// TestUpdates tests what an update does in unusual situations: `make e2e ONLY=updates`.
func TestUpdates(t *testing.T) {
	run(t, []step{
		{"a busy port starts nothing", (*scenario).busyPort},
		{"a missing cluster leaves no half-created stack", (*scenario).missingCluster},
		{"an existing namespace is not adopted", (*scenario).foreignNamespace},
		{"the next update continues after one that was killed", (*scenario).interruptedUp},
		{"make up ends with URLs that answer", (*scenario).up},
		{"a second stack uses external databases", (*scenario).externalDatabases},
		{"refresh finds no drift", (*scenario).noDrift},
		{"a configuration change replaces the Pods that use it, and loses no request", (*scenario).configurationChange},
		{"manual drift is reported and repaired", (*scenario).drift},
		{"import, missing components and temporary files", (*scenario).tooling},
		{"retained data survives destroy", (*scenario).retain},
		{"destroy deletes every object", (*scenario).destroy},
	})
}

// TestLabs turns on each lab, and then switches directly from each lab to each other one: `make e2e ONLY=labs`.
func TestLabs(t *testing.T) {
	run(t, []step{
		{"make up ends with URLs that answer", (*scenario).up},
		{"the explorer shows the cause of each lab", (*scenario).everyLab},
		{"a lab does not depend on the previous one", (*scenario).labPairs},
	})
}

// run runs the steps in a copy of the checkout, and then deletes the cluster. The first failure ends the test.
func run(t *testing.T, steps []step) {
	stopEarlierRun(t)
	before := inspectMachine(t)
	if len(before.listeners) > 0 {
		t.Fatalf("%v are in use: run `make down` in the checkout that started the running cluster", before.listeners)
	}
	s := &scenario{checkout: newCheckout(t)}
	for _, step := range append(steps,
		step{"cluster delete leaves nothing on the machine", func(s *scenario, t *testing.T) {
			traces := s.traces(t)
			s.run("make cluster-delete")
			traces.areGone(t)
			inspectMachine(t).hasNothingNew(t, before)
			if left := s.processes(t); len(left) > 0 {
				t.Errorf("processes left behind: %q", left)
			}
		}},
		step{"git status is clean", func(s *scenario, t *testing.T) {
			if changed := s.run("git status --porcelain"); changed != "" {
				t.Errorf("git reports changes:\n%s", changed)
			}
		}},
	) {
		if !t.Run(step.name, func(t *testing.T) { s.t = t; step.run(s, t) }) {
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
