package config

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/kubeconfig"
)

type noResources struct{}

func (noResources) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return args.Name, args.Inputs, nil
}

func (noResources) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// valid returns the configuration of the stack dev: its values, and the defaults of Pulumi.yaml.
func valid() map[string]string {
	return map[string]string{
		"kubeconfig": ".local/cluster/kubeconfig", "context": "", "namespace": "kubernetes-networking",
		"podNetwork": "10.244.0.0/16", "dnsAddress": "", "retainData": "false", "serviceType": "LoadBalancer", "imageRepo": "127.0.0.1:15000/demo", "databaseImage": "", "architecture": "", "replicas": "3",
		"storageClass": "", "databaseStorage": "1Gi", "logLevel": "info", "otlpEndpoint": "", "lab": "",
		"imagePullSecret": "", "deleteDatabases": "", "database": "internal", "clientsDatabaseDsn": "", "ordersDatabaseDsn": "", "productsDatabaseDsn": "",
	}
}

func load(t *testing.T, changes map[string]string) (Config, error) {
	t.Helper()
	return loadWithSecrets(t, changes, "imagePullSecret", "clientsDatabaseDsn", "ordersDatabaseDsn", "productsDatabaseDsn")
}

// loadWithSecrets is like load, with these keys encrypted.
func loadWithSecrets(t *testing.T, changes map[string]string, secrets ...string) (Config, error) {
	t.Helper()
	values := map[string]string{}
	all := valid()
	maps.Copy(all, changes)
	for key, value := range all {
		if !strings.Contains(key, ":") { // the key has another namespace
			key = "kubernetes-networking:" + key
		}
		values[key] = value
	}
	encoded, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(pulumi.EnvConfig, string(encoded))
	for i := range secrets {
		secrets[i] = "kubernetes-networking:" + secrets[i]
	}
	if encoded, err = json.Marshal(secrets); err != nil {
		t.Fatal(err)
	}
	t.Setenv(pulumi.EnvConfigSecretKeys, string(encoded))
	var loaded Config
	var problem error
	err = pulumi.RunErr(func(ctx *pulumi.Context) error {
		loaded, problem = Load(ctx, "/checkout")
		return nil
	}, pulumi.WithMocks("kubernetes-networking", "test", noResources{}))
	if err != nil {
		t.Fatal(err)
	}
	return loaded, problem
}

func TestLoadReadsEveryKey(t *testing.T) {
	got, err := load(t, map[string]string{
		"context": "staging", "namespace": "shop", "podNetwork": "10.42.0.0/16", "dnsAddress": "169.254.20.10", "retainData": "true", "serviceType": "NodePort", "imageRepo": "kind.local",
		"databaseImage": "docker.io/library/postgres:15", "architecture": "arm64", "replicas": "2", "storageClass": "fast", "databaseStorage": "512Mi",
		"logLevel": "debug", "otlpEndpoint": "http://collector.observability.svc:4318",
		"lab": "slow-peer", "deleteDatabases": "orders-database, old",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Kubeconfig: kubeconfig.AtPath("/checkout/.local/cluster/kubeconfig"), Context: "staging", Namespace: "shop", PodNetwork: "10.42.0.0/16", DNSAddress: "169.254.20.10", RetainData: true, ServiceType: "NodePort",
		Repository: "kind.local", Architectures: []string{"arm64"}, DatabaseImage: "docker.io/library/postgres:15", Replicas: 2, StorageClass: "fast",
		DatabaseStorage: "512Mi", LogLevel: "debug", OTLPEndpoint: "http://collector.observability.svc:4318",
		Lab: "slow-peer", DeleteDatabases: []string{"orders-database", "old"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("loaded %+v, want %+v", got, want)
	}
}

func TestKubeconfigPathsStartAtTheProjectOrTheHome(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	for value, want := range map[string]string{
		"/etc/kubeconfig": "/etc/kubeconfig", "~/.kube/config": "/home/ada/.kube/config", "mine/config": "/checkout/mine/config",
	} {
		loaded, err := load(t, map[string]string{"kubeconfig": value})
		if err != nil || loaded.Kubeconfig != kubeconfig.AtPath(want) {
			t.Errorf("kubeconfig %s is read from %s (%v), want %s", value, loaded.Kubeconfig, err, want)
		}
	}
}

func TestWrongValuesAreNamedWithWhatIsAllowed(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"kubeconfig", "", "kubernetes-networking:kubeconfig is not set: it must be the path of a kubeconfig file, or the contents of one"},
		{"namespace", "default", `namespace is "default": it must be a name of up to 63 small letters`},
		{"namespace", "kube-system", `namespace is "kube-system": it must be a name of up to 63 small letters`},
		{"namespace", "kube-shop", `namespace is "kube-shop": it must be a name of up to 63 small letters`},
		{"namespace", "My_Shop", `kubernetes-networking:namespace is "My_Shop": it must be a name of up to 63 small letters`},
		{"logLevel", "loud", `kubernetes-networking:logLevel is "loud": it must be debug, info, warn or error`},
		{"otlpEndpoint", "collector:4318", `kubernetes-networking:otlpEndpoint is "collector:4318": it must be the URL of an OTLP collector`},
		{"serviceType", "Ingress", `kubernetes-networking:serviceType is "Ingress": it must be LoadBalancer, NodePort or ClusterIP`},
		{"podNetwork", "10.244.0.0", `kubernetes-networking:podNetwork is "10.244.0.0": it must be the CIDR of the cluster's Pods`},
		{"podNetwork", "10.244.0.1/16", `kubernetes-networking:podNetwork is "10.244.0.1/16": it must be the CIDR of the cluster's Pods`},
		{"podNetwork", "fd00::/64", `kubernetes-networking:podNetwork is "fd00::/64": it must be the CIDR of the cluster's Pods, IPv4`},
		{"podNetwork", "0.0.0.0/0", `kubernetes-networking:podNetwork is "0.0.0.0/0": it must be the CIDR of the cluster's Pods`},
		{"database", "managed", `kubernetes-networking:database is "managed": it must be internal or external`},
		{"dnsAddress", "169.254.20.10/32", `kubernetes-networking:dnsAddress is "169.254.20.10/32": it must be an IPv4 address`},
		{"otlpEndpoint", "http://collector:4318", `kubernetes-networking:otlpEndpoint is "http://collector:4318": it must be the URL of an OTLP collector`},
		{"otlpEndpoint", "http://collector.observability.svc:99999", `kubernetes-networking:otlpEndpoint is "http://collector.observability.svc:99999"`},
		{"otlpEndpoint", "http://user:word@collector.example.com", `is "http://******@collector.example.com": it must be the URL of an OTLP collector`},
		{"otlpEndpoint", "http://collector.example.com?key=word", `is "http://collector.example.com?******": it must be the URL of an OTLP collector`},
		{"context", "http://user:word@cluster", `kubernetes-networking:context is "http://******@cluster": it must be the name of a context`},
		{"lab", "no-dns", `kubernetes-networking:lab is "no-dns": it must be one of deny-dns, service-deleted, wrong-selector, ` +
			"no-ready-endpoints, wrong-port, deny-call, slow-peer, database-down, or nothing"},
		{"storageClass", "a..b", `kubernetes-networking:storageClass is "a..b": it must be the name of a StorageClass`},
		{"deleteDatabases", "orders-database,", `kubernetes-networking:deleteDatabases is "orders-database,": it must be names of databases`},
		{"retainData", "yes", `kubernetes-networking:retainData is "yes": it must be true or false`},
		{"architecture", "x86_64", `kubernetes-networking:architecture is "x86_64": it must be one or more of amd64, arm, arm64`},
		{"architecture", "amd64,", `kubernetes-networking:architecture is "amd64,"`},
		{"imageRepo", "", "kubernetes-networking:imageRepo is not set: it must be a registry and a path"},
		{"imageRepo", "https://registry.example.com", `kubernetes-networking:imageRepo is "https://registry.example.com"`},
		{"databaseImage", "Postgres", `kubernetes-networking:databaseImage is "Postgres": it must be the reference of an image`},
		{"replicas", "0", `kubernetes-networking:replicas is "0": it must be a whole number from 1 to 9`},
		{"replicas", "three", `kubernetes-networking:replicas is "three": it must be a whole number from 1 to 9`},
		{"replicas", "10", `kubernetes-networking:replicas is "10": it must be a whole number from 1 to 9`},
		{"storageClass", "Fast_Disks", `kubernetes-networking:storageClass is "Fast_Disks": it must be the name of a StorageClass`},
		{"databaseStorage", "1GB", `kubernetes-networking:databaseStorage is "1GB": it must be a whole number of Mi, Gi or Ti from 256Mi to 64Ti`},
	} {
		_, err := load(t, map[string]string{c.key: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%q: %v\nwant %s", c.key, c.value, err, c.want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%q: one wrong value takes more than one line: %v", c.key, c.value, err)
		}
	}
}

func TestReplicasGoUpToWhatADatabaseHasConnectionsFor(t *testing.T) {
	for value, want := range map[string]int{"1": 1, "9": 9} {
		if loaded, err := load(t, map[string]string{"replicas": value}); err != nil || loaded.Replicas != want {
			t.Errorf("replicas=%s gives %d (%v), want %d", value, loaded.Replicas, err, want)
		}
	}
}

func TestSeveralArchitecturesNeedARegistry(t *testing.T) {
	loaded, err := load(t, map[string]string{"architecture": "arm64, amd64,arm64"})
	if want := []string{"amd64", "arm64"}; err != nil || !slices.Equal(loaded.Architectures, want) {
		t.Errorf("the architectures are %q (%v), want %q", loaded.Architectures, err, want)
	}
	for _, local := range []string{"kind.local", "ko.local"} {
		_, err := load(t, map[string]string{"architecture": "amd64,arm64", "imageRepo": local})
		if err == nil || !strings.Contains(err.Error(), "architecture names 2 architectures") || !strings.Contains(err.Error(), local) {
			t.Errorf("with imageRepo %s the error is %v, want one that names both", local, err)
		}
	}
}

func TestPodNetworkCanBeNone(t *testing.T) {
	if loaded, err := load(t, map[string]string{"podNetwork": "none"}); err != nil || loaded.PodNetwork != "" {
		t.Errorf("podNetwork=none gives %q (%v), want nothing", loaded.PodNetwork, err)
	}
}

func TestALabThatWouldDenyNothingIsRefused(t *testing.T) {
	const want = `kubernetes-networking:lab is "deny-call", and podNetwork is none`
	if _, err := load(t, map[string]string{"lab": "deny-call", "podNetwork": "none"}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %s", err, want)
	}
	for _, changes := range []map[string]string{
		{"lab": "deny-call"}, {"lab": "deny-dns", "podNetwork": "none"}, {"lab": "deny-call", "podNetwork": "none", "serviceType": "ClusterIP"},
	} {
		if _, err := load(t, changes); err != nil {
			t.Errorf("with %v the error is %v, want none", changes, err)
		}
	}
}

func TestAllWrongValuesAreNamedAtOnce(t *testing.T) {
	_, err := load(t, map[string]string{"replicas": "-1", "serviceType": "None"})
	if err == nil || !strings.Contains(err.Error(), "replicas") || !strings.Contains(err.Error(), "serviceType") {
		t.Errorf("two wrong values give %v", err)
	}
}

// TestOfAProblemItsFirstCauseIsNamedAlone: the other problems depend on it.
func TestOfAProblemItsFirstCauseIsNamedAlone(t *testing.T) {
	const key = "kubernetes-networking:"
	for _, c := range []struct {
		name   string
		values map[string]string
		plain  bool
		want   string
	}{
		{"registry of the pull secret", map[string]string{"imageRepo": "", "imagePullSecret": pullSecretOf("registry.example.com")}, false, key + "imageRepo is not set"},
		{"wrong registry", map[string]string{"imageRepo": "https://a.test", "imagePullSecret": pullSecretOf("registry.example.com")}, false, key + "imageRepo is "},
		{"plain pull secret", map[string]string{"imagePullSecret": "{}"}, true, key + "imagePullSecret is in plain text"},
		{"plain DSN", map[string]string{"ordersDatabaseDsn": "mysql://"}, true, key + "ordersDatabaseDsn is in plain text"},
		{"lab without a Pod network", map[string]string{"lab": "deny-call", "podNetwork": ""}, false, key + "podNetwork is not set"},
		{"lab with a wrong Service type", map[string]string{"lab": "deny-call", "podNetwork": "none", "serviceType": "None"}, false, key + "serviceType is "},
		{"wrong replicas on a shared server", managed(map[string]string{"replicas": "10"}), false, key + "replicas is \"10\": it must be"},
		{"wrong image of a database that is not made", managed(map[string]string{"databaseImage": "Postgres"}), false, key + "databaseImage is \"Postgres\": it must be"},
		{"wrong kind of database", managed(map[string]string{"database": "managed", "ordersDatabaseDsn": "mysql://"}), false, key + "database is "},
		{"wrong kind of database without DSNs", map[string]string{"database": "External"}, false, key + "database is "},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := load
			if c.plain {
				read = func(t *testing.T, changes map[string]string) (Config, error) { return loadWithSecrets(t, changes) }
			}
			_, err := read(t, c.values)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %v, want one line with %s", err, c.want)
			}
		})
	}
}
