package env

import (
	"slices"
	"strings"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/policy"
)

func TestRenderNamesEveryFieldThatIsNotWired(t *testing.T) {
	_, err := Render(contract.Orders[Value]{
		Port: Text(pulumi.String("8080")), ClientsURL: Text(pulumi.String("http://clients")),
		Database: contract.Database[Value]{
			Host: Text(pulumi.String("db")), Port: Text(pulumi.String("5432")), Name: Text(pulumi.String("orders")),
			User: Text(pulumi.String("orders")),
		},
	})
	if err == nil {
		t.Fatal("two fields are not wired, and nobody says so")
	}
	for _, want := range []string{"PRODUCTS_URL is not wired: set field ProductsURL", "DATABASE_PASSWORD is not wired"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error is %q, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), "CLIENTS_URL") {
		t.Errorf("CLIENTS_URL is wired, and the error names it: %v", err)
	}
}

func TestRenderKeepsTheOrderOfTheContract(t *testing.T) {
	clients, orders := &policy.Workload{Name: "clients"}, &policy.Workload{Name: "orders"}
	collected := false
	rendered, err := Render(contract.Explorer[Value]{
		Port: Text(pulumi.String("1")), Namespace: Text(pulumi.String("2")), ProbeURL: SecretKey(pulumi.String("s"), "k"),
		APIServerURL: Text(pulumi.String("3")), ClientsURL: Call(pulumi.String("4"), clients),
		OrdersURL: Call(pulumi.String("5"), orders), ProductsURL: Text(pulumi.String("6")),
		TracesPort: Text(pulumi.String("7")), MeasurePort: Text(pulumi.String("8")),
		Topology: Late(func() pulumi.StringOutput {
			if !collected {
				t.Error("a late text is asked for before the calls are there")
			}
			return pulumi.String("9").ToStringOutput()
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	collected = true
	var names []string
	for _, variable := range rendered.Vars() {
		names = append(names, string(variable.(corev1.EnvVarArgs).Name.(pulumi.String)))
	}
	if want := []string{"PORT", "NAMESPACE", "PROBE_URL", "API_SERVER_URL", "CLIENTS_URL", "ORDERS_URL", "PRODUCTS_URL", "TRACES_PORT", "MEASURE_PORT", "TOPOLOGY"}; !slices.Equal(names, want) {
		t.Errorf("the variables are %q, want %q", names, want)
	}
	want := []policy.Call{{To: clients, Variable: "CLIENTS_URL"}, {To: orders, Variable: "ORDERS_URL"}}
	if !slices.Equal(rendered.Calls, want) {
		t.Errorf("it declares the calls %v, want those of CLIENTS_URL and ORDERS_URL", rendered.Calls)
	}
}
