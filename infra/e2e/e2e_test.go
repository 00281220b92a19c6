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

// TestDemo is one story: each step starts from what the one before left, so the first that fails ends it.
func TestDemo(t *testing.T) {
	stopEarlierRun(t)
	before := look(t)
	if len(before.listeners) > 0 {
		t.Fatalf("%v are in use: stop the running cluster first with `make down`, in the checkout that it was started from", before.listeners)
	}
	s := &story{checkout: newCheckout(t)}
	for _, step := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"a busy port starts nothing", s.busyPort},
		{"a missing cluster makes no half-made stack", s.missingCluster},
		{"a namespace of somebody else is not adopted", s.foreignNamespace},
		{"an update that is killed leaves what the next can go on with", s.interruptedUp},
		{"make up ends with URLs that answer", s.up},
		{"each object is there once", s.onlyDeclared},
		{"network policies are enforced", s.networkPolicies},
		{"the three services call each other", s.services},
		{"each service describes and measures itself", s.describedAndMeasured},
		{"a client that is deleted while orders is away loses its orders later", s.ordersOutage},
		{"a rolling restart under load loses no request", s.rollingRestart},
		{"the explorer knows every Pod and Service", s.explorer},
		{"the probe answers in its own Pod only", s.probe},
		{"make verify finds what is not as declared", s.verify},
		{"the explorer in a browser", s.browser},
		{"bad configuration is one clear line", s.badConfiguration},
		{"a second up changes nothing", s.secondUp},
		{"an image that does not exist ends the update at once", s.missingImage},
		{"a second stack beside it uses databases of somebody else", s.externalDatabases},
		{"refresh finds no drift after all that", s.noDrift},
		{"a code change rolls exactly its own Pods, and loses no request", s.codeChange},
		{"a configuration change rolls what it is for, and loses no request", s.configurationChange},
		{"drift made by hand is told and repaired", s.drift},
		{"the explorer names the cause of each lab", s.labs},
		{"labs do not depend on the one before", s.labPairs},
		{"passwords and credentials are nowhere in plain text", s.secrecy},
		{"import, missing components and temporary files", s.tooling},
		{"data survives a SIGKILL of the cluster", s.kill},
		{"data that is retained survives destroy", s.retain},
		{"destroy leaves nothing in the cluster", s.destroy},
		{"a healthy start has no warnings", s.quietStart},
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
	// first are the databases' passwords of the first update.
	first map[string]string
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
	s.first = s.passwords(t)
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
