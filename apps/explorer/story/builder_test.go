package story_test

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// resolution returns the resolution of a name in a healthy cluster.
func resolution(name string) *probe.Resolution {
	return &probe.Resolution{
		Name: name,
		Resolver: probe.Resolver{
			Nameservers: []string{"10.96.0.10"}, Search: []string{"demo.svc.cluster.local", "svc.cluster.local", "cluster.local"}, Ndots: 5,
		},
		Queries: []probe.Query{
			{Name: name + ".demo.svc.cluster.local.", Type: "A", Outcome: "NXDOMAIN"}, {Name: name + ".cluster.local.", Type: "A", Outcome: "NOERROR"},
		},
		Addresses: []netip.Addr{netip.MustParseAddr("10.96.0.3")}, Milliseconds: 0.5,
	}
}

// works returns the measurement of products in a healthy cluster.
func works(_, _ string) probe.Measurement {
	return probe.Measurement{
		Resolution: resolution("products.demo.svc"), Milliseconds: 2,
		Connection: &probe.Connection{Local: "127.0.2.1:40000", Remote: "10.96.0.3:80", Milliseconds: 0.25},
		Answer:     &probe.Answer{Status: 204, Text: "204 No Content", Pod: "products-1", Milliseconds: 1.25},
	}
}

func resolve(_, name string) probe.Resolution {
	one := resolution(name)
	if !strings.HasSuffix(name, ".") {
		return *one
	}
	one.Queries = one.Queries[:1]
	return *one
}

func build(t *testing.T, cluster *demotest.Cluster, measured func(pod, target string) probe.Measurement, from, to string) story.Story {
	t.Helper()
	agents := demotest.Pods{Measure: measured, Resolve: resolve}.Serve(t, cluster)
	built, err := story.New(demotest.Topology(), cluster, agents).Call(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func ids(built story.Story) (all []string) {
	for _, step := range built.Steps {
		all = append(all, step.ID)
	}
	return all
}

func step(t *testing.T, built story.Story, id string) story.Step {
	t.Helper()
	at := slices.IndexFunc(built.Steps, func(step story.Step) bool { return step.ID == id })
	if at < 0 {
		t.Fatalf("there is no step %s, only %v", id, ids(built))
	}
	return built.Steps[at]
}

func TestAWorkingRequestHasAllSteps(t *testing.T) {
	built := build(t, demotest.NewCluster(), works, "orders", "products")
	if want := []string{"variable", "resolver", "queries", "service", "endpoints", "policy", "connection", "answer"}; !slices.Equal(ids(built), want) {
		t.Fatalf("the steps are %v, want %v", ids(built), want)
	}
	for _, step := range built.Steps {
		if step.Problem != "" || step.Title == "" || step.Text == "" || len(step.Commands) == 0 {
			t.Errorf("the step %s has the problem %q, the title %q, the text %q and the commands %v", step.ID, step.Problem, step.Title, step.Text, step.Commands)
		}
	}
	if built.Call.State != calls.Working || built.Call.Pod != "orders-0" || built.Call.URL != "http://products.demo.svc:80" {
		t.Errorf("the call is %+v, want it working from orders-0", built.Call)
	}
	for id, want := range map[string][]story.Fact{
		"variable":   {{"Variable", "PRODUCTS_URL"}, {"Host", "products.demo.svc"}, {"Port", "80"}, {"Called from the Pod", "orders-0"}},
		"resolver":   {{"nameserver", "10.96.0.10"}, {"search", "demo.svc.cluster.local svc.cluster.local cluster.local"}, {"ndots", "5"}},
		"queries":    {{"Name", "products.demo.svc"}, {"Addresses", "10.96.0.3"}},
		"service":    {{"Service", "products"}, {"ClusterIP", "10.96.0.3"}, {"Port", "80 forwards to targetPort 8080"}},
		"endpoints":  {{"products-0", "127.0.3.1:8080, ready"}, {"products-1", "127.0.3.2:8080, ready, and this one answered"}},
		"policy":     {{"Out of orders", "default-deny, orders"}, {"Into products", "default-deny, products"}, {"Allowed by", "orders, products"}},
		"connection": {{"From", "127.0.2.1:40000"}, {"To", "10.96.0.3:80"}},
		"answer":     {{"Answer", "204 No Content"}, {"Answered by the Pod", "products-1"}},
	} {
		if got := step(t, built, id).Facts; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
	for id, want := range map[string]float64{"queries": 0.5, "connection": 0.25, "answer": 1.25} {
		if got := step(t, built, id).Milliseconds; got != want {
			t.Errorf("%s took %v ms, want %v", id, got, want)
		}
	}
	if got := step(t, built, "queries").Queries; len(got) != 2 {
		t.Errorf("the queries are %v, want both", got)
	}
}

func TestCommandsNameWhatTheyShow(t *testing.T) {
	built := build(t, demotest.NewCluster(), works, "orders", "products")
	_, rest, _ := strings.Cut(step(t, built, "connection").Commands[0].Text, "port-forward pod/orders-0 ")
	port, _, _ := strings.Cut(rest, " ")
	ask := func(what string) string {
		return "(kubectl -n demo port-forward pod/orders-0 " + port + " >/dev/null & " +
			"curl -sS --retry 20 --retry-delay 1 --retry-connrefused 'http://localhost:" + port + what + "'; kill $!; echo)"
	}
	for id, want := range map[string][]string{
		"variable": {`kubectl -n demo get deployment/orders -o jsonpath='{.spec.template.spec.containers[*].env[?(@.name=="PRODUCTS_URL")].value}{"\n"}'`},
		"resolver": {
			"kubectl -n demo exec clients-database-0 -- cat /etc/resolv.conf",
			"kubectl -n kube-system get service kube-dns",
		},
		"queries":    {ask("/resolution?name=products.demo.svc")},
		"service":    {"kubectl -n demo get service products -o wide"},
		"endpoints":  {`kubectl -n demo get endpointslices -l kubernetes.io/service-name=products -o jsonpath='{range .items[*].endpoints[*]}{.addresses[0]} ready={.conditions.ready} {.targetRef.name}{"\n"}{end}'`},
		"policy":     {"kubectl -n demo describe networkpolicy default-deny orders products"},
		"connection": {ask("/measurement?url=http://products.demo.svc:80")},
		"answer":     {"kubectl -n demo logs deployment/products --tail=20"},
	} {
		if got := texts(step(t, built, id).Commands); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", id, got, want)
		}
	}
}

func TestEveryFormOfTheNameIsResolved(t *testing.T) {
	built := build(t, demotest.NewCluster(), works, "orders", "products")
	want := []struct {
		form, name string
		queries    int
	}{
		{"short name", "products", 2},
		{"name.namespace", "products.demo", 2},
		{"name.namespace.svc, as in the demo", "products.demo.svc", 2},
		{"full name", "products.demo.svc.cluster.local", 2},
		{"full name with the root's dot", "products.demo.svc.cluster.local.", 1},
	}
	if len(built.Names) != len(want) {
		t.Fatalf("the names are %+v, want %d", built.Names, len(want))
	}
	for i, want := range want {
		got := built.Names[i]
		if got.Form != want.form || got.Resolution.Name != want.name || len(got.Resolution.Queries) != want.queries || got.Problem != "" {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestAStoryEndsWhereTheRequestEnds(t *testing.T) {
	unconnected := func(code failure.Code) func(_, _ string) probe.Measurement {
		return func(_, _ string) probe.Measurement {
			return probe.Measurement{Resolution: resolution("products.demo.svc"), Failure: &failure.Failure{Code: code, Detail: "As measured."}}
		}
	}
	for name, test := range map[string]struct {
		breaks   func(*demotest.Cluster)
		measured func(_, _ string) probe.Measurement
		last     string
		problem  string
	}{
		"no Service": {
			func(cluster *demotest.Cluster) { *cluster.Service("products") = network.Service{} },
			func(_, _ string) probe.Measurement {
				why := &failure.Failure{Code: failure.DNS, Detail: "No such name."}
				failed := resolution("products.demo.svc")
				failed.Failure = why
				return probe.Measurement{Resolution: failed, Failure: why}
			},
			"queries", "DNS: There is no Service products",
		},
		"no endpoints": {
			func(cluster *demotest.Cluster) { cluster.Unready("products") },
			unconnected(failure.Refused), "endpoints", "NO ENDPOINTS: The Service products has no ready endpoint",
		},
		"denied": {
			func(cluster *demotest.Cluster) { cluster.Policy("products").Spec.Ingress = nil },
			unconnected(failure.Timeout), "policy", "POLICY: The network policies of products do not let orders in",
		},
		"refused": {func(*demotest.Cluster) {}, unconnected(failure.Refused), "connection", "REFUSED: As measured."},
		"slow": {
			func(*demotest.Cluster) {},
			func(_, _ string) probe.Measurement {
				return probe.Measurement{
					Resolution: resolution("products.demo.svc"), Connection: &probe.Connection{}, Failure: &failure.Failure{Code: failure.Timeout},
				}
			},
			"answer", "TIMEOUT: products accepted the connection",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := demotest.NewCluster()
			test.breaks(cluster)
			built := build(t, cluster, test.measured, "orders", "products")
			last := built.Steps[len(built.Steps)-1]
			if last.ID != test.last || !strings.HasPrefix(last.Problem, test.problem) || built.Call.State != calls.Failing {
				t.Errorf("it ends at %s: %s\nwant %s: %s", last.ID, last.Problem, test.last, test.problem)
			}
		})
	}
}

func TestAnUnmeasuredCallStillHasItsVariable(t *testing.T) {
	cluster := demotest.NewCluster()
	cluster.Workload("orders").Pods = nil
	built := build(t, cluster, works, "orders", "products")
	const why, command = "No Pod of orders is running.", "kubectl -n demo get pods -l app.kubernetes.io/name=orders"
	if !slices.Equal(ids(built), []string{"variable"}) || built.Steps[0].Problem != why || built.Call.State != calls.Unknown || built.Call.Detail != why || built.Steps[0].Commands[0].Text != command {
		t.Errorf("got %+v, want one step with the problem %s", built, why)
	}
}

func TestAnExternalServerHasNoServiceStep(t *testing.T) {
	built := build(t, demotest.NewCluster(), func(_, _ string) probe.Measurement {
		return probe.Measurement{Resolution: resolution("kubernetes.default.svc"), Connection: &probe.Connection{Remote: "10.96.0.1:443"}}
	}, "explorer", "kubernetes.default.svc")
	if want := []string{"variable", "resolver", "queries", "policy", "connection", "answer"}; !slices.Equal(ids(built), want) {
		t.Errorf("the steps are %v, want %v", ids(built), want)
	}
	if text := step(t, built, "variable").Text; strings.Contains(text, "derives it from the Service") {
		t.Errorf("the external server has a Service: %s", text)
	}
	if got := built.Names[0].Resolution.Name; got != "kubernetes" {
		t.Errorf("the short name is %s, want kubernetes", got)
	}
}

func TestTheStoryOfAnUndeclaredCallShowsItsDenial(t *testing.T) {
	built := build(t, demotest.NewCluster(), func(_, _ string) probe.Measurement {
		return probe.Measurement{From: "clients-0", Resolution: resolution("products.demo.svc"), Failure: &failure.Failure{Code: failure.Refused}}
	}, "clients", "products")
	if want := []string{"undeclared", "resolver", "queries", "service", "endpoints", "policy"}; !slices.Equal(ids(built), want) {
		t.Errorf("the steps are %v, want %v", ids(built), want)
	}
	if built.Declared || built.Call.Code != failure.Policy || !strings.HasPrefix(step(t, built, "policy").Problem, "POLICY: ") {
		t.Errorf("declared is %t, and the call is %+v; want it denied by a policy", built.Declared, built.Call)
	}
}

func TestACallThatNoPodMeasuresHasNoStory(t *testing.T) {
	cluster := demotest.NewCluster()
	builder := story.New(demotest.Topology(), cluster, demotest.Pods{}.Serve(t, cluster))
	for _, ends := range [][2]string{{"clients-database", "products"}, {"kubernetes.default.svc", "orders"}, {"clients", "nobody"}, {"nobody", "orders"}} {
		_, err := builder.Call(t.Context(), ends[0], ends[1])
		if got := problem.From(err); got.Status != 404 || !strings.Contains(got.Detail, `"`+ends[0]+`" to "`+ends[1]+`"`) {
			t.Errorf("%v: got %v, want a 404 that names both", ends, err)
		}
	}
}

// texts returns the commands without their notes.
func texts(commands []story.Command) (all []string) {
	for _, command := range commands {
		all = append(all, command.Text)
	}
	return all
}
