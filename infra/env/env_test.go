package env

import (
	"slices"
	"strings"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/topology"
)

func TestEveryFieldThatIsNotWiredIsNamed(t *testing.T) {
	_, err := Vars(contract.Orders[Value]{
		Port: Text(pulumi.String("8080")), ClientsURL: Text(pulumi.String("http://clients")),
		Database: contract.Database[Value]{
			Host: Text(pulumi.String("db")), Port: Text(pulumi.String("5432")), Name: Text(pulumi.String("orders")),
			User: Text(pulumi.String("orders")),
		},
	})
	if err == nil {
		t.Fatal("fields are not wired, and there is no error")
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

var (
	explorer = &topology.Workload{Name: "explorer"}
	clients  = &topology.Workload{Name: "clients"}
	orders   = &topology.Workload{Name: "orders"}
)

func wired() contract.Explorer[Value] {
	return contract.Explorer[Value]{
		Port: Text(pulumi.String("1")), Namespace: Text(pulumi.String("2")), ProbeURL: SecretKey(pulumi.String("s"), "k"),
		APIServerURL: Text(pulumi.String("3")), ClientsURL: Address(pulumi.String("4"), clients),
		OrdersURL: Address(pulumi.String("5"), orders), ProductsURL: Text(pulumi.String("6")),
		TracesPort: Text(pulumi.String("7")), ProbePort: Text(pulumi.String("8")), Topology: Text(pulumi.String("9")),
	}
}

func TestVariablesKeepTheOrderOfTheContract(t *testing.T) {
	vars, err := Vars(wired())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, variable := range vars {
		names = append(names, string(variable.(corev1.EnvVarArgs).Name.(pulumi.String)))
	}
	if want := []string{"PORT", "NAMESPACE", "PROBE_URL", "API_SERVER_URL", "CLIENTS_URL", "ORDERS_URL", "PRODUCTS_URL", "TRACES_PORT", "PROBE_PORT", "TOPOLOGY"}; !slices.Equal(names, want) {
		t.Errorf("the variables are %q, want %q", names, want)
	}
}

func TestAnAddressIsACall(t *testing.T) {
	want := []topology.Call{
		{From: explorer, To: clients, Variable: "CLIENTS_URL"}, {From: explorer, To: orders, Variable: "ORDERS_URL"},
	}
	if got := Calls(explorer, wired()); !slices.Equal(got, want) {
		t.Errorf("the calls are %v, want those of CLIENTS_URL and ORDERS_URL", got)
	}
	// A contract may be incomplete, and has nested structs.
	database := &topology.Workload{Name: "orders-database"}
	want = []topology.Call{{From: orders, To: database, Variable: "DATABASE_HOST"}}
	got := Calls(orders, contract.Orders[Value]{Database: contract.Database[Value]{Host: Address(pulumi.String("db"), database)}})
	if !slices.Equal(got, want) {
		t.Errorf("the calls are %v, want that of DATABASE_HOST", got)
	}
}
