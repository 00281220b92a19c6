package main

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.com/kubernetes-networking/apps/contract"
)

// pods returns the Pod templates by the name of their Deployment or StatefulSet.
func pods(t *testing.T) map[string]map[string]any {
	t.Helper()
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	templates := map[string]map[string]any{}
	for _, kind := range []string{deploymentType, statefulSetType} {
		for name := range engine.declared[kind] {
			templates[name] = at(t, engine.inputs(t, kind, name), "spec", "template").(map[string]any)
		}
	}
	if len(templates) != 7 {
		t.Fatalf("%d workloads, want 7", len(templates))
	}
	return templates
}

func TestPodsAreHardened(t *testing.T) {
	users := map[string]float64{
		names.clients: 65532, names.orders: 65532, names.products: 65532, names.explorer: 65532,
		names.clientsDatabase: 999, names.ordersDatabase: 999, names.productsDatabase: 999,
	}
	for name, pod := range pods(t) {
		user := users[name]
		wantPod := map[string]any{
			"runAsNonRoot": true, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
			"seccompProfile": map[string]any{"type": "RuntimeDefault"},
		}
		if got := at(t, pod, "spec", "securityContext"); !reflect.DeepEqual(got, wantPod) {
			t.Errorf("Pod %s has the security context %v, want %v", name, got, wantPod)
		}
		wantContainer := map[string]any{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities": map[string]any{"drop": []any{"ALL"}},
		}
		for i, container := range at(t, pod, "spec", "containers").([]any) {
			if got := at(t, container, "securityContext"); !reflect.DeepEqual(got, wantContainer) {
				t.Errorf("container %d of %s has the security context %v, want %v", i, name, got, wantContainer)
			}
			for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
				if at(t, container, probe) == nil {
					t.Errorf("container %d of %s has no %s", i, name, probe)
				}
			}
		}
		if got := at(t, pod, "spec", "automountServiceAccountToken"); got != false {
			t.Errorf("Pod %s mounts a service-account token into each container: %v", name, got)
		}
		if got := at(t, pod, "spec", "enableServiceLinks"); got != false {
			t.Errorf("Pod %s has enableServiceLinks %v, want false", name, got)
		}
	}
}

// TestStartupProbesWaitInsteadOfFailing: the kubelet writes a warning event for each probe that fails, even if the Pod
// starts normally.
func TestStartupProbesWaitInsteadOfFailing(t *testing.T) {
	for name, pod := range pods(t) {
		for i, container := range at(t, pod, "spec", "containers").([]any) {
			probe := at(t, container, "startupProbe").(map[string]any)
			if timeout := at(t, probe, "timeoutSeconds").(float64); timeout <= contract.StartTimeout.Seconds() {
				t.Errorf("the startup probe %d of %s takes %v s, want more than %s", i, name, timeout, contract.StartTimeout)
			}
			if request, found := probe["httpGet"].(map[string]any); found && request["path"] != "/startupz" {
				t.Errorf("the startup probe %d of %s uses %v, want /startupz", i, name, request["path"])
			}
		}
	}
}

// TestOnlyTheProbeIsCheckedByACommand: a command costs a new process in the container each time, and on a busy node it
// took so long that databases were restarted.
func TestOnlyTheProbeIsCheckedByACommand(t *testing.T) {
	for name, pod := range pods(t) {
		for _, container := range at(t, pod, "spec", "containers").([]any) {
			for _, kind := range []string{"readinessProbe", "livenessProbe"} {
				probe := at(t, container, kind).(map[string]any)
				sidecar := at(t, container, "name") == contract.ProbeName
				if _, command := probe["exec"]; command != sidecar {
					t.Errorf("the %s of container %s in %s runs a command: %t, want %t", kind, at(t, container, "name"), name, command, sidecar)
				}
				if period := probe["periodSeconds"].(float64); sidecar && period < 10 {
					t.Errorf("the %s of %s runs a command every %v s, want 10", kind, name, period)
				}
			}
		}
	}
}

func TestRequestsOfTheWholeDemoFitALaptop(t *testing.T) {
	replicas := map[string]int{names.clients: 3, names.orders: 3, names.products: 3}
	var cpu, memory int
	for name, pod := range pods(t) {
		for i, container := range at(t, pod, "spec", "containers").([]any) {
			var millicores, mebibytes int
			requests := at(t, container, "resources", "requests")
			if _, err := fmt.Sscanf(fmt.Sprint(at(t, requests, "cpu")), "%dm", &millicores); err != nil {
				t.Errorf("container %d of %s requests cpu %v", i, name, at(t, requests, "cpu"))
			}
			if _, err := fmt.Sscanf(fmt.Sprint(at(t, requests, "memory")), "%dMi", &mebibytes); err != nil {
				t.Errorf("container %d of %s requests memory %v", i, name, at(t, requests, "memory"))
			}
			for _, limit := range []string{"cpu", "memory"} {
				if at(t, container, "resources", "limits", limit) == nil {
					t.Errorf("container %d of %s has no limit of %s", i, name, limit)
				}
			}
			cpu += millicores * max(1, replicas[name])
			memory += mebibytes * max(1, replicas[name])
		}
	}
	t.Logf("the demo requests %dm CPU and %dMi memory", cpu, memory)
	if cpu >= 500 || memory >= 500 {
		t.Errorf("the demo requests %dm CPU and %dMi memory, want less than 500m and 500Mi", cpu, memory)
	}
}

func TestSelectorsPickExactlyTheirPods(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for name := range engine.declared[serviceType] {
		want := map[string]any{"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "kubernetes-networking"}
		switch name {
		case names.traces:
			want["app.kubernetes.io/name"] = names.explorer
		case names.pods:
			delete(want, "app.kubernetes.io/name") // all of them
		}
		if got := at(t, engine.inputs(t, serviceType, name), "spec", "selector"); !reflect.DeepEqual(got, want) {
			t.Errorf("Service %s selects %v, want %v", name, got, want)
		}
	}
	for name, pod := range pods(t) {
		if got := at(t, pod, "metadata", "labels", "app.kubernetes.io/name"); got != name {
			t.Errorf("the Pods of %s are labelled %v", name, got)
		}
	}
}

// TestOnlyTheExplorerHoldsATokenForTheAPI: not even the container beside it.
func TestOnlyTheExplorerHoldsATokenForTheAPI(t *testing.T) {
	var holders []string
	for name, pod := range pods(t) {
		tokens := map[any]bool{}
		volumes, _ := at(t, pod, "spec", "volumes").([]any)
		for _, volume := range volumes {
			if sources, projected := at(t, volume, "projected", "sources").([]any); projected && at(t, sources, 0, "serviceAccountToken") != nil {
				tokens[at(t, volume, "name")] = true
			}
		}
		for _, container := range at(t, pod, "spec", "containers").([]any) {
			mounts, _ := at(t, container, "volumeMounts").([]any)
			for _, mount := range mounts {
				if tokens[at(t, mount, "name")] {
					holders = append(holders, fmt.Sprintf("%s/%v at %v", name, at(t, container, "name"), at(t, mount, "mountPath")))
				}
			}
		}
	}
	if want := []string{names.explorer + "/explorer at /var/run/secrets/kubernetes.io/serviceaccount"}; !slices.Equal(holders, want) {
		t.Errorf("a token is mounted into %q, want %q", holders, want)
	}
}

func TestExplorerMayOnlyReadWhatItDraws(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	verbs := []any{"list", "watch"}
	want := []any{
		map[string]any{"apiGroups": []any{""}, "resources": []any{"pods", "services"}, "verbs": verbs},
		map[string]any{"apiGroups": []any{"apps"}, "resources": []any{"deployments", "statefulsets"}, "verbs": verbs},
		map[string]any{"apiGroups": []any{"discovery.k8s.io"}, "resources": []any{"endpointslices"}, "verbs": verbs},
		map[string]any{"apiGroups": []any{"networking.k8s.io"}, "resources": []any{"networkpolicies"}, "verbs": verbs},
		map[string]any{"apiGroups": []any{""}, "resources": []any{"configmaps"}, "resourceNames": []any{"lab"}, "verbs": verbs},
	}
	role := engine.inputs(t, "kubernetes:rbac.authorization.k8s.io/v1:Role", names.explorer)
	if got := at(t, role, "rules"); !reflect.DeepEqual(got, want) {
		t.Errorf("the explorer may %v, want %v", got, want)
	}
	if got := at(t, role, "metadata", "namespace"); got != "shop" {
		t.Errorf("the role is in %v, want shop", got)
	}
}

// TestEveryResourceGoesToTheStacksOwnClusterAndNamespace: nothing may go to the ambient kubeconfig.
func TestEveryResourceGoesToTheStacksOwnClusterAndNamespace(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]any{
		"cluster": {"kubeconfig": "/nowhere/kubeconfig", "context": "test", "namespace": "shop", "enableConfigMapMutable": true},
		// Server-side apply would take over a namespace that exists.
		"namespace-creator": {"kubeconfig": "/nowhere/kubeconfig", "context": "test", "enableServerSideApply": false},
	} {
		if got := engine.inputs(t, "pulumi:providers:kubernetes", name); !reflect.DeepEqual(got, want) {
			t.Errorf("the provider %s has %v, want %v", name, got, want)
		}
	}
	for kind, resources := range engine.declared {
		for name, args := range resources {
			if !args.Custom || kind == "pulumi:providers:kubernetes" {
				continue
			}
			want := "urn:pulumi:test::kubernetes-networking::pulumi:providers:kubernetes::cluster::cluster-id"
			if kind == namespaceType {
				want = "urn:pulumi:test::kubernetes-networking::pulumi:providers:kubernetes::namespace-creator::namespace-creator-id"
			}
			if args.Provider != want {
				t.Errorf("%s %s uses the provider %q, want %q", kind, name, args.Provider, want)
			}
			metadata := plain(resource.NewProperty(args.Inputs)).(map[string]any)["metadata"]
			if kind != namespaceType && at(t, metadata, "namespace") != "shop" {
				t.Errorf("%s %s is in the namespace %v, want shop", kind, name, at(t, metadata, "namespace"))
			}
		}
	}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		label := "pod-security.kubernetes.io/" + mode
		if got := at(t, engine.inputs(t, namespaceType, "shop"), "metadata", "labels", label); got != "restricted" {
			t.Errorf("the namespace's label %s is %v, want restricted", label, got)
		}
	}
}

// TestContentsOfAKubeconfigStaySecret: the state contains the inputs of providers.
func TestContentsOfAKubeconfigStaySecret(t *testing.T) {
	const contents = "apiVersion: v1\nkind: Config\ncontexts: [{name: test, context: {}}]\nusers: [{name: me, user: {token: s3cretword}}]"
	engine := &recorder{}
	if _, err := declare(t, engine, configured(t, map[string]string{"kubeconfig": contents}), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cluster", "namespace-creator"} {
		given := engine.declared["pulumi:providers:kubernetes"][name].Inputs["kubeconfig"]
		if !given.IsSecret() || plain(given) != contents {
			t.Errorf("the provider %s is given %v, want the contents as a secret", name, given)
		}
	}
}
