package main

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/config"
)

// externalStack returns a configuration with external databases and these changes.
func externalStack(t *testing.T, changes map[string]string) config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte(caBundle()), 0o600); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"database":            "external",
		"clientsDatabaseDsn":  "postgres://ada:s3cretword-1@192.0.2.9:6432/clients?sslmode=require",
		"ordersDatabaseDsn":   "postgres://app:s3cretword-2@db.data.svc/orders?sslmode=disable",
		"productsDatabaseDsn": "postgres://app:s3cretword-3@db.example.com/products?sslmode=verify-full&sslrootcert=" + path,
	}
	maps.Copy(values, changes)
	return configured(t, values)
}

// caBundle returns a certificate in PEM, always the same one.
func caBundle() string {
	running := httptest.NewTLSServer(nil)
	defer running.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: running.Certificate().Raw}))
}

func TestExternalDatabasesAreCalledAndNotMade(t *testing.T) {
	engine := &recorder{}
	outputs, err := declare(t, engine, externalStack(t, nil), testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{statefulSetType, "kubernetes-networking:database:Database"} {
		if made := engine.declared[kind]; len(made) > 0 {
			t.Errorf("%d of %s are made for external databases", len(made), kind)
		}
	}
	if _, built := engine.declared["kubernetes-networking:image:Image"]["postgres"]; built {
		t.Error("the PostgreSQL image is built for nothing")
	}
	services := slices.Sorted(maps.Keys(engine.declared[serviceType]))
	if want := slices.Sorted(slices.Values([]string{
		names.clients, names.explorer, names.orders, names.pods, names.products, names.traces,
	})); !slices.Equal(services, want) {
		t.Errorf("the Services are %v, want %v", services, want)
	}
	if at(t, outputs, "services", names.clientsDatabase) != nil {
		t.Error("the outputs name a Service of an external database")
	}
}

func TestEnvironmentsFitTheContractsWithExternalDatabases(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, externalStack(t, nil), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	telemetry := contract.Telemetry[string]{LogLevel: "info", TracesURL: named("http://{traces}.shop.svc:4318")}
	measure := contract.ProbeEndpoint[string]{Port: "8082", Allowlist: contract.Allowlist[string]{
		Targets: named("http://{clients}.shop.svc:80,http://{orders}.shop.svc:80,http://{products}.shop.svc:80," +
			"postgresql://192.0.2.9:6432,postgresql://db.data.svc:5432,postgresql://db.example.com:5432," +
			"http://{explorer}.shop.svc:80,http://{traces}.shop.svc:4318,tcp://kubernetes.default.svc:443,http://localhost:8081"),
		Pods: measuredPods(),
	}}
	fits(t, engine, names.clients, 0, contract.Clients[string]{
		Port: "8080", OrdersURL: named("http://{orders}.shop.svc:80"), Telemetry: telemetry, Probe: measure,
		Database: contract.Database[string]{
			Host: "192.0.2.9", Port: "6432", Name: "clients", User: "ada", Password: "s3cretword-1", SSLMode: "require", MaxConnections: "10",
		},
	})
	fits(t, engine, names.orders, 0, contract.Orders[string]{
		Port: "8080", ClientsURL: named("http://{clients}.shop.svc:80"), ProductsURL: named("http://{products}.shop.svc:80"), Telemetry: telemetry, Probe: measure,
		Database: contract.Database[string]{
			Host: "db.data.svc", Port: "5432", Name: "orders", User: "app", Password: "s3cretword-2", SSLMode: "disable", MaxConnections: "10",
		},
	})
	fits(t, engine, names.products, 0, contract.Products[string]{
		Port: "8080", Telemetry: telemetry, Probe: measure,
		Database: contract.Database[string]{
			Host: "db.example.com", Port: "5432", Name: "products", User: "app", Password: "s3cretword-3",
			SSLMode: "verify-full", CACertificates: caBundle(), MaxConnections: "10",
		},
	})
}

func TestServicesThatShareAServerShareItsConnections(t *testing.T) {
	engine := &recorder{}
	stack := externalStack(t, map[string]string{"productsDatabaseDsn": "postgres://app:s3cretword-3@db.data.svc/products?sslmode=disable"})
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{names.clients: "10", names.orders: "7", names.products: "7"} {
		if got := engine.environment(t, deploymentType, service, 0)["DATABASE_MAX_CONNECTIONS"]; got != want {
			t.Errorf("a Pod of %s opens up to %s connections, want %s", service, got, want)
		}
	}
}

func TestEachServiceIsLetOutToItsExternalDatabaseOnly(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, externalStack(t, nil), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{
		names.clients:  "to 192.0.2.9/32 6432",
		names.orders:   "to namespace data 5432",
		names.products: "to 0.0.0.0/0 except [10.244.0.0/16] 5432", // policies support no DNS names
	} {
		var remote []string
		for _, rule := range opened(t, engine, service) {
			if strings.HasSuffix(rule, "432") {
				remote = append(remote, rule)
			}
		}
		if !slices.Equal(remote, []string{want}) {
			t.Errorf("%s is let out to the databases %q, want %q", service, remote, want)
		}
	}
}

// TestSecretsOfTheConfigurationStaySecret: they reach Secrets as Pulumi secrets, and nothing else.
func TestSecretsOfTheConfigurationStaySecret(t *testing.T) {
	engine := &recorder{}
	outputs, err := declare(t, engine, externalStack(t, map[string]string{
		"imagePullSecret": `{"auths":{"127.0.0.1:1":{"auth":"s3cretword-4"}}}`,
	}), testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for kind, resources := range engine.declared {
		for name, args := range resources {
			found += strings.Count(resource.NewProperty(args.Inputs).String(), "s3cretword")
			shown := resource.NewProperty(withoutSecrets(args.Inputs)).String()
			if strings.Contains(shown, "s3cretword") {
				t.Errorf("%s %s has a password in plain text: %s", kind, name, shown)
			}
		}
	}
	if found != 4 {
		t.Errorf("the passwords are in %d places, want one each, 4", found)
	}
	if shown, err := json.Marshal(outputs); err != nil || strings.Contains(string(shown), "s3cretword") {
		t.Errorf("the outputs have a password in plain text: %s (%v)", shown, err)
	}
}

// withoutSecrets returns the inputs that an engine may store and print in plain text.
func withoutSecrets(inputs resource.PropertyMap) resource.PropertyMap {
	kept := resource.PropertyMap{}
	for key, value := range inputs {
		switch {
		case value.IsSecret():
		case value.IsObject():
			kept[key] = resource.NewProperty(withoutSecrets(value.ObjectValue()))
		default:
			kept[key] = value
		}
	}
	return kept
}
