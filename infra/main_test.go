package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
)

func TestOutputsAreTheAddressesOfEverything(t *testing.T) {
	outputs, err := declare(t, &recorder{}, testStack(), testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"namespace":   "shop",
		"explorerUrl": "http://127.80.0.9", "clientsUrl": "http://127.80.0.9",
		"ordersUrl": "http://127.80.0.9", "productsUrl": "http://127.80.0.9",
		"reachableFrom": "the machine that the cluster runs on",
		"services": map[string]any{
			names.clients: named("http://{clients}.shop.svc:80"), names.clientsDatabase: named("postgresql://{clients-database}.shop.svc:5432"),
			names.orders: named("http://{orders}.shop.svc:80"), names.ordersDatabase: named("postgresql://{orders-database}.shop.svc:5432"),
			names.products: named("http://{products}.shop.svc:80"), names.productsDatabase: named("postgresql://{products-database}.shop.svc:5432"),
			names.explorer: named("http://{explorer}.shop.svc:80"), names.traces: named("http://{traces}.shop.svc:4318"),
		},
		"clusterIPs": map[string]any{
			names.clients: "10.96.0.7", names.clientsDatabase: "10.96.0.7", names.orders: "10.96.0.7", names.ordersDatabase: "10.96.0.7",
			names.products: "10.96.0.7", names.productsDatabase: "10.96.0.7", names.explorer: "10.96.0.7", names.traces: "10.96.0.7",
		},
		"lab": "",
		"calls": map[string]any{
			"outside":      named("{clients}:80 {orders}:80 {products}:80 {explorer}:80"),
			names.clients:  named("{orders}:80 {clients-database}:5432 {traces}:4318 collector:4318"),
			names.orders:   named("{clients}:80 {products}:80 {orders-database}:5432 {traces}:4318 collector:4318"),
			names.products: named("{products-database}:5432 {traces}:4318 collector:4318"),
			names.explorer: named("kubernetes.default.svc:443 {clients}:80 {orders}:80 {products}:80"),
		},
	}
	if !reflect.DeepEqual(outputs, want) {
		t.Errorf("outputs are\n%v\nwant\n%v", outputs, want)
	}
}

// TestEnvironmentsFitTheContracts feeds each container's rendered environment to its app's own loader.
func TestEnvironmentsFitTheContracts(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	database := func(name string) contract.Database[string] {
		return contract.Database[string]{
			Host: name + ".shop.svc", Port: "5432", Name: "app", User: "app",
			Password: engine.password(t, name), SSLMode: "disable", MaxConnections: "10",
		}
	}
	telemetry := contract.Telemetry[string]{
		LogLevel: "info", TracesURL: named("http://{traces}.shop.svc:4318"), OTLPEndpoint: "http://collector:4318",
	}
	reach := contract.Allowlist[string]{
		Targets: named("http://{clients}.shop.svc:80,http://{orders}.shop.svc:80,http://{products}.shop.svc:80," +
			"postgresql://{clients-database}.shop.svc:5432,postgresql://{orders-database}.shop.svc:5432," +
			"postgresql://{products-database}.shop.svc:5432,http://{explorer}.shop.svc:80,http://{traces}.shop.svc:4318," +
			"tcp://kubernetes.default.svc:443,tcp://collector:4318,http://localhost:8081"),
		Pods: measuredPods(),
	}
	measure := contract.ProbeEndpoint[string]{Port: "8082", Allowlist: reach}
	fits(t, engine, names.clients, 0, contract.Clients[string]{
		Port: "8080", OrdersURL: named("http://{orders}.shop.svc:80"), Database: database(names.clientsDatabase),
		Telemetry: telemetry, Probe: measure,
	})
	fits(t, engine, names.orders, 0, contract.Orders[string]{
		Port: "8080", ClientsURL: named("http://{clients}.shop.svc:80"), ProductsURL: named("http://{products}.shop.svc:80"),
		Database: database(names.ordersDatabase), Telemetry: telemetry, Probe: measure,
	})
	fits(t, engine, names.products, 0, contract.Products[string]{
		Port: "8080", Database: database(names.productsDatabase), Telemetry: telemetry, Probe: measure,
	})
	fits(t, engine, names.explorer, 0, contract.Explorer[string]{
		Port: "8080", Namespace: "shop", ProbeURL: "http://localhost:8081", APIServerURL: "https://kubernetes.default.svc",
		ClientsURL: named("http://{clients}.shop.svc:80"), OrdersURL: named("http://{orders}.shop.svc:80"), ProductsURL: named("http://{products}.shop.svc:80"),
		TracesPort: "4318", ProbePort: "8082", Topology: engine.environment(t, deploymentType, names.explorer, 0)["TOPOLOGY"],
	})
	fits(t, engine, names.explorer, 1, contract.Probe[string]{Port: "8081", Allowlist: reach})
}

// measuredPods returns the ports of all Pods that may be measured.
func measuredPods() string {
	return named("http://{pods}.shop.svc:8080,postgresql://{pods}.shop.svc:5432,tcp://{pods}.shop.svc:8081," +
		"tcp://{pods}.shop.svc:8082,tcp://{pods}.shop.svc:4318")
}

func fits[C any](t *testing.T, engine *recorder, deployment string, container int, want C) {
	t.Helper()
	got, err := contract.Load[C](engine.environment(t, deploymentType, deployment, container))
	if err != nil {
		t.Errorf("%s, container %d: %v", deployment, container, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s, container %d loads\n%+v\nwant\n%+v", deployment, container, got, want)
	}
}

func TestDatabaseIsCreatedAsItsServiceExpects(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for name := range owners() {
		want := map[string]string{
			"POSTGRES_USER": "app", "POSTGRES_DB": "app", "POSTGRES_PASSWORD": engine.password(t, name),
			"PGDATA": "/var/lib/postgresql/data/pgdata",
		}
		if got := engine.environment(t, statefulSetType, name, 0); !maps.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
		container := at(t, engine.inputs(t, statefulSetType, name), "spec", "template", "spec", "containers", 0)
		if got, want := at(t, container, "args"), []any{"-c", "max_connections=100"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is started with %v, want %v", name, got, want)
		}
	}
}

func TestPasswordsAreSecretDifferentAndKept(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, secret := range engine.declared[secretType] {
		if !secret.Inputs["stringData"].IsSecret() {
			t.Errorf("the password of %s is not marked secret", name)
		}
		if !secret.Inputs["immutable"].BoolValue() {
			t.Errorf("%s can be changed, and Pods that run would not notice", name)
		}
		if kept := secret.RegisterRPC.GetIgnoreChanges(); !slices.Equal(kept, []string{"stringData", "data"}) {
			t.Errorf("%s ignores changes of %q, want stringData and data: its database keeps the first password", name, kept)
		}
		seen[engine.password(t, name)] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d different passwords, want 3", len(seen))
	}
}

func TestFailuresNameWhatFailed(t *testing.T) {
	_, err := declare(t, &recorder{}, testStack(), testBuilder{failure: errors.New("it does not compile")})
	if err == nil || !strings.Contains(err.Error(), "it does not compile") {
		t.Errorf("an image that cannot be built: %v", err)
	}
	for _, refused := range allNamed([]string{
		namespaceType + " shop", serviceType + " {orders}", secretType + " {clients-database}",
		statefulSetType + " {products-database}", deploymentType + " {clients}", deploymentType + " {explorer}",
		policyType + " default-deny", policyType + " {orders}", budgetType + " {products}", "kubernetes:core/v1:ServiceAccount {explorer}",
		"kubernetes:rbac.authorization.k8s.io/v1:Role {explorer}", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding {explorer}",
		"pulumi:providers:kubernetes cluster", "pulumi:providers:kubernetes namespace-creator", serviceType + " {explorer}", serviceType + " {traces}", serviceType + " {pods}",
		"kubernetes-networking:image:Image clients", "kubernetes-networking:image:Image postgres",
		"kubernetes-networking:microservice:Microservice {orders}", "kubernetes-networking:database:Database {orders-database}",
		"kubernetes-networking:sidecar:Pod {explorer}", "kubernetes-networking:namespace:Namespace shop",
	}) {
		_, err := declare(t, &recorder{refuse: refused}, testStack(), testBuilder{})
		if err == nil || !strings.Contains(err.Error(), refused+" is refused") {
			t.Errorf("%s refused: the program ends with %v", refused, err)
		}
	}
}

// environment returns the environment of a container, with the values of Secrets.
func (r *recorder) environment(t *testing.T, typeToken, name string, container int) map[string]string {
	t.Helper()
	environment := map[string]string{}
	vars, _ := at(t, r.inputs(t, typeToken, name), "spec", "template", "spec", "containers", container, "env").([]any)
	for i := range vars {
		key := fmt.Sprint(at(t, vars, i, "name"))
		if reference := at(t, vars, i, "valueFrom", "secretKeyRef"); reference != nil {
			secret := strings.TrimSuffix(fmt.Sprint(at(t, reference, "name")), "-1a2b3c4d")
			environment[key] = fmt.Sprint(at(t, r.inputs(t, secretType, secret), "stringData", at(t, reference, "key")))
			continue
		}
		environment[key] = fmt.Sprint(at(t, vars, i, "value"))
	}
	return environment
}

func (r *recorder) password(t *testing.T, secret string) string {
	t.Helper()
	return fmt.Sprint(at(t, r.inputs(t, secretType, secret), "stringData", "password"))
}
