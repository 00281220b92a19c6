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

func TestOutputsSayWhereEverythingAnswers(t *testing.T) {
	outputs, err := declare(t, &recorder{}, testStack(), testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	summary := func(name string, port int) map[string]any {
		return map[string]any{"dnsName": name + ".shop.svc", "port": port, "clusterIP": "10.96.0.7"}
	}
	call := func(from, to string, port int) map[string]any {
		return map[string]any{"from": from, "to": to, "port": port}
	}
	want := map[string]any{
		"namespace":   "shop",
		"explorerUrl": "http://127.80.0.9", "clientsUrl": "http://127.80.0.9",
		"ordersUrl": "http://127.80.0.9", "productsUrl": "http://127.80.0.9",
		"services": map[string]any{
			"clients": summary("clients", 80), "clients-database": summary("clients-database", 5432),
			"orders": summary("orders", 80), "orders-database": summary("orders-database", 5432),
			"products": summary("products", 80), "products-database": summary("products-database", 5432),
			"explorer": summary("explorer", 80), "traces": summary("traces", 4318),
		},
		"lab": "",
		"calls": []any{
			call("outside", "clients", 80), call("outside", "orders", 80), call("outside", "products", 80), call("outside", "explorer", 80),
			call("clients", "orders", 80), call("clients", "clients-database", 5432),
			call("clients", "traces", 4318), call("clients", "collector", 4318),
			call("orders", "clients", 80), call("orders", "products", 80), call("orders", "orders-database", 5432),
			call("orders", "traces", 4318), call("orders", "collector", 4318),
			call("products", "products-database", 5432), call("products", "traces", 4318), call("products", "collector", 4318),
			call("explorer", "kubernetes.default.svc", 443),
			call("explorer", "clients", 80), call("explorer", "orders", 80), call("explorer", "products", 80),
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
	database := func(owner string) contract.Database[string] {
		return contract.Database[string]{
			Host: owner + "-database.shop.svc", Port: "5432", Name: "app", User: "app",
			Password: engine.password(t, owner+"-database"), SSLMode: "disable", MaxConnections: "10",
		}
	}
	telemetry := contract.Telemetry[string]{
		LogLevel: "info", TracesURL: "http://traces.shop.svc:4318", OTLPEndpoint: "http://collector:4318",
	}
	reach := contract.Reach[string]{
		Targets: "http://clients.shop.svc:80,http://orders.shop.svc:80,http://products.shop.svc:80," +
			"postgresql://clients-database.shop.svc:5432,postgresql://orders-database.shop.svc:5432," +
			"postgresql://products-database.shop.svc:5432,http://explorer.shop.svc:80,http://traces.shop.svc:4318," +
			"tcp://kubernetes.default.svc:443,tcp://collector:4318,http://localhost:8081",
		Pods: measuredPods,
	}
	measure := contract.Measure[string]{Port: "8082", Reach: reach}
	fits(t, engine, "clients", 0, contract.Clients[string]{
		Port: "8080", OrdersURL: "http://orders.shop.svc:80", Database: database("clients"),
		Telemetry: telemetry, Measure: measure,
	})
	fits(t, engine, "orders", 0, contract.Orders[string]{
		Port: "8080", ClientsURL: "http://clients.shop.svc:80", ProductsURL: "http://products.shop.svc:80",
		Database: database("orders"), Telemetry: telemetry, Measure: measure,
	})
	fits(t, engine, "products", 0, contract.Products[string]{
		Port: "8080", Database: database("products"), Telemetry: telemetry, Measure: measure,
	})
	fits(t, engine, "explorer", 0, contract.Explorer[string]{
		Port: "8080", Namespace: "shop", ProbeURL: "http://localhost:8081", APIServerURL: "https://kubernetes.default.svc",
		ClientsURL: "http://clients.shop.svc:80", OrdersURL: "http://orders.shop.svc:80", ProductsURL: "http://products.shop.svc:80",
		TracesPort: "4318", MeasurePort: "8082", Topology: engine.environment(t, deploymentType, "explorer", 0)["TOPOLOGY"],
	})
	fits(t, engine, "explorer", 1, contract.Probe[string]{Port: "8081", Reach: reach})
}

// measuredPods are the ports of all Pods that may be measured.
const measuredPods = "http://pods.shop.svc:8080,postgresql://pods.shop.svc:5432,tcp://pods.shop.svc:8081," +
	"tcp://pods.shop.svc:8082,tcp://pods.shop.svc:4318"

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
	for _, owner := range []string{"clients", "orders", "products"} {
		want := map[string]string{
			"POSTGRES_USER": "app", "POSTGRES_DB": "app", "POSTGRES_PASSWORD": engine.password(t, owner+"-database"),
			"PGDATA": "/var/lib/postgresql/data/pgdata",
		}
		if got := engine.environment(t, statefulSetType, owner+"-database", 0); !maps.Equal(got, want) {
			t.Errorf("%s-database has %v, want %v", owner, got, want)
		}
		container := at(t, engine.inputs(t, statefulSetType, owner+"-database"), "spec", "template", "spec", "containers", 0)
		if got, want := at(t, container, "args"), []any{"-c", "max_connections=100"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s-database is started with %v, want %v", owner, got, want)
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
	for _, refused := range []string{
		namespaceType + " shop", serviceType + " orders", secretType + " clients-database",
		statefulSetType + " products-database", deploymentType + " clients", deploymentType + " explorer",
		policyType + " default-deny", policyType + " orders", budgetType + " products", "kubernetes:core/v1:ServiceAccount explorer",
		"kubernetes:rbac.authorization.k8s.io/v1:Role explorer", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding explorer",
		"pulumi:providers:kubernetes cluster", "pulumi:providers:kubernetes namespace-creator", serviceType + " explorer", serviceType + " traces", serviceType + " pods",
		"kubernetes-networking:image:Image clients", "kubernetes-networking:image:Image postgres",
		"kubernetes-networking:microservice:Microservice orders", "kubernetes-networking:database:Database orders-database",
		"kubernetes-networking:sidecar:Pod explorer", "kubernetes-networking:namespace:Namespace shop",
	} {
		_, err := declare(t, &recorder{refuse: refused}, testStack(), testBuilder{})
		if err == nil || !strings.Contains(err.Error(), refused+" is refused") {
			t.Errorf("%s refused: the program ends with %v", refused, err)
		}
	}
}

// environment is the one that the kubelet would give the container, Secrets looked up.
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
