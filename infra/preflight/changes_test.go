package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
	"example.com/kubernetes-networking/infra/deployed"
)

// objects are the objects of a cluster, by path. The user may not read an empty one, and the rest does not exist.
type objects map[string]string

func (o objects) Get(_ context.Context, path string, into any) error {
	content, found := o[path]
	switch {
	case !found:
		return api.ErrNotFound
	case content == "":
		return api.ErrForbidden
	}
	return json.Unmarshal([]byte(content), into)
}

const (
	clusterPath = "/api/v1/namespaces/kube-system"
	classesPath = "/apis/storage.k8s.io/v1/storageclasses"
	claimsPath  = "/api/v1/namespaces/shop/persistentvolumeclaims"
	volumesPath = "/api/v1/persistentvolumes"

	oneCluster = `{"metadata": {"uid": "11"}}`
	classes    = `{"items": [
		{"metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "allowVolumeExpansion": true},
		{"metadata": {"name": "fixed"}}]}`
)

func claims(class, size, phase string) string {
	return `{"items": [{"metadata": {"name": "orders-database"}, "spec": {"storageClassName": "` + class + `", "resources": {"requests": {"storage": "` + size + `"}}},
		"status": {"phase": "` + phase + `", "capacity": {"storage": "` + size + `"}}}]}`
}

var internal = []string{"orders-database"}

// change is the difference from a demo in the namespace shop whose configuration has not changed.
type change struct {
	name      string
	stack     func(*config.Config)
	before    func(*deployed.Stack)
	cluster   objects
	databases []string // nil for those of before
	refusal   []string // nil for none
	warning   []string // nil for none
}

func check(t *testing.T, c change) {
	t.Helper()
	stack := config.Config{Namespace: "shop", DatabaseStorage: "1Gi"}
	before := deployed.Stack{Namespace: "shop", Cluster: "11", Databases: internal}
	cluster := objects{
		clusterPath: oneCluster, classesPath: classes, claimsPath: claims("standard", "1Gi", "Bound"), volumesPath: `{"items": []}`,
		"/api/v1/namespaces/shop": "{}", "/api/v1/namespaces/theirs": "{}",
		"/api/v1/namespaces/going": `{"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}`,
	}
	if c.stack != nil {
		c.stack(&stack)
	}
	if c.before != nil {
		c.before(&before)
	}
	for path, content := range c.cluster {
		cluster[path] = content
	}
	databases := c.databases
	if databases == nil {
		databases = internal
	}
	warnings, err := Changes(t.Context(), cluster, stack, before, databases, false)
	if (err != nil) != (c.refusal != nil) || (len(warnings) > 0) != (c.warning != nil) {
		t.Fatalf("error is %v and warnings are %q, want %q and %q", err, warnings, c.refusal, c.warning)
	}
	for _, part := range c.refusal {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error is %q, want %q in it", err, part)
		}
	}
	for _, part := range c.warning {
		if !strings.Contains(warnings[0], part) {
			t.Errorf("warning is %q, want %q in it", warnings[0], part)
		}
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %q", err)
	}
}

func TestRetainedDataIsNotLeftBehind(t *testing.T) {
	retain := func(before *deployed.Stack) { before.Retained = true }
	elsewhere := func(stack *config.Config) { stack.Namespace = "elsewhere" }
	allow := func(databases ...string) func(*config.Config) {
		return func(stack *config.Config) { stack.DeleteDatabases = databases }
	}
	for _, c := range []change{
		{name: "nothing changes", before: retain},
		{name: "other namespace", stack: elsewhere, before: retain, refusal: []string{"kubernetes-networking:namespace", `"elsewhere"`, "retainData", "orders-database", "pulumi config set namespace shop"}},
		{
			name:    "other namespace, and data that is to be retained from now on",
			stack:   func(stack *config.Config) { elsewhere(stack); stack.RetainData = true },
			refusal: []string{"kubernetes-networking:namespace", "retainData"},
		},
		{name: "other namespace, not retained", stack: elsewhere, warning: []string{`deletes the namespace "shop"`, "the data of orders-database"}},
		{name: "other cluster", cluster: objects{clusterPath: `{"metadata": {"uid": "22"}}`}, before: retain, refusal: []string{"kubernetes-networking:kubeconfig", "another cluster", "retainData"}},
		{
			name: "other cluster, not retained", cluster: objects{clusterPath: `{"metadata": {"uid": "22"}}`}, stack: elsewhere,
			warning: []string{"another cluster", `the namespace "shop"`, "the data of orders-database"},
		},
		{name: "cluster that may not be identified", cluster: objects{clusterPath: ""}, before: retain},
		{name: "external databases", databases: []string{}, before: retain, refusal: []string{"kubernetes-networking:database", "retainData", "orders-database"}},
		{name: "external databases, not retained", databases: []string{}, refusal: []string{"orders-database", "`pulumi config set deleteDatabases orders-database`"}},
		{name: "external databases, allowed", databases: []string{}, stack: allow("orders-database"), warning: []string{"deletes", "orders-database"}},
		{name: "renamed database", databases: []string{"sales-database"}, before: retain, refusal: []string{"orders-database", "retainData"}},
		{
			name: "renamed database, retained from now on", databases: []string{"sales-database"}, refusal: []string{"orders-database", "retainData"},
			stack: func(stack *config.Config) {
				stack.RetainData, stack.DeleteDatabases = true, []string{"orders-database"}
			},
		},
		{
			name: "renamed database, retained before", databases: []string{"sales-database"}, before: retain,
			stack: allow("orders-database"), refusal: []string{"orders-database", "retainData"},
		},
		{name: "renamed database, not retained", databases: []string{"sales-database"}, refusal: []string{"orders-database", "deleteDatabases orders-database"}},
		{name: "renamed database, another one allowed", databases: []string{"sales-database"}, stack: allow("other"), refusal: []string{"deleteDatabases orders-database"}},
		{name: "renamed database, allowed", databases: []string{"sales-database"}, stack: allow("orders-database"), warning: []string{"deletes", "orders-database"}},
		{name: "other namespace, of a stack with external databases", stack: elsewhere, databases: []string{}, before: func(b *deployed.Stack) { b.Retained, b.Databases = true, nil }, warning: []string{`the namespace "shop"`}},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c) })
	}
}

func TestRetainedDataIsNotLeftBehindInAPreviewWithoutTheCluster(t *testing.T) {
	before := deployed.Stack{Namespace: "shop", Cluster: "11", Retained: true, Databases: internal}
	if _, err := Changes(t.Context(), nil, config.Config{Namespace: "other"}, before, internal, true); err == nil || !strings.Contains(err.Error(), "retainData") {
		t.Errorf("another namespace: %v, want a refusal", err)
	}
	if warnings, err := Changes(t.Context(), nil, config.Config{Namespace: "shop"}, before, internal, true); err != nil || len(warnings) > 0 {
		t.Errorf("no change: %v, %q, want nothing", err, warnings)
	}
}

func TestAPreviewWarnsOfDataThatAnUpdateRefusesToDelete(t *testing.T) {
	here := objects{clusterPath: oneCluster, classesPath: classes, claimsPath: claims("standard", "1Gi", "Bound")}
	elsewhere := objects{clusterPath: `{"metadata": {"uid": "22"}}`, classesPath: classes}
	renamed := []string{"sales-database"}
	for _, c := range []struct {
		name      string
		cluster   Reader
		namespace string
		retain    bool // from now on
		databases []string
		want      string
	}{
		{"renamed database", here, "shop", false, renamed, "deleteDatabases orders-database"},
		{"renamed database, without the cluster", nil, "shop", false, renamed, "deleteDatabases orders-database"},
		{"renamed database, retained from now on", here, "shop", true, renamed, "retainData keeps the data of orders-database"},
		{"renamed database, retained from now on, without the cluster", nil, "shop", true, renamed, "retainData keeps"},
		{"other namespace, retained from now on", here, "elsewhere", true, internal, "kubernetes-networking:namespace"},
		{"other cluster, retained from now on", elsewhere, "shop", true, internal, "kubernetes-networking:kubeconfig"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stack := config.Config{Namespace: c.namespace, DatabaseStorage: "1Gi", RetainData: c.retain}
			before := deployed.Stack{Namespace: "shop", Cluster: "11", Databases: internal}
			warnings, err := Changes(t.Context(), c.cluster, stack, before, c.databases, true)
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], c.want) {
				t.Errorf("the warnings are %q (%v), want one with %q", warnings, err, c.want)
			}
			before.Retained = true
			if _, err := Changes(t.Context(), c.cluster, stack, before, c.databases, true); err == nil {
				t.Error("the preview accepts the change of data that is protected")
			}
		})
	}
}

func TestNamespaceOfSomebodyElseIsRefused(t *testing.T) {
	nothing := func(before *deployed.Stack) { *before = deployed.Stack{} }
	in := func(name string) func(*config.Config) { return func(stack *config.Config) { stack.Namespace = name } }
	for _, c := range []change{
		{name: "free", stack: in("free"), before: nothing},
		{name: "theirs", stack: in("theirs"), before: nothing, refusal: []string{`kubernetes-networking:namespace is "theirs"`, "already exists", "pulumi config set namespace"}},
		{name: "that is being deleted", stack: in("going"), before: nothing, refusal: []string{`kubernetes-networking:namespace is "going"`, "is being deleted"}},
		{
			name: "of the same name in another cluster", cluster: objects{clusterPath: `{"metadata": {"uid": "22"}}`},
			refusal: []string{`kubernetes-networking:namespace is "shop"`, "already exists"}, warning: []string{"another cluster"},
		},
		{name: "that the user may not read", stack: in("secret"), before: nothing, cluster: objects{"/api/v1/namespaces/secret": ""}},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c) })
	}
}

func TestVolumesAreResizedWhereTheirClassAllowsIt(t *testing.T) {
	size := func(size string) func(*config.Config) {
		return func(stack *config.Config) { stack.DatabaseStorage = size }
	}
	class := func(class string) func(*config.Config) {
		return func(stack *config.Config) { stack.StorageClass = class }
	}
	const key = "kubernetes-networking:databaseStorage"
	for _, c := range []change{
		{name: "larger", stack: size("2Gi")},
		{name: "the same in another unit", stack: size("1024Mi")},
		{name: "smaller", stack: size("512Mi"), refusal: []string{key + ` is "512Mi"`, "orders-database has 1Gi", "pulumi config set databaseStorage 1Gi"}},
		{name: "larger, and the class cannot", stack: size("2Gi"), cluster: objects{claimsPath: claims("fixed", "1Gi", "Bound")}, refusal: []string{key + ` is "2Gi"`, `"fixed"`, "pulumi config set databaseStorage 1Gi"}},
		{name: "larger, and the class is gone", stack: size("2Gi"), cluster: objects{claimsPath: claims("gone", "1Gi", "Bound")}, refusal: []string{key, `"gone"`}},
		{name: "larger before the volume is made", stack: size("2Gi"), cluster: objects{claimsPath: claims("standard", "1Gi", "Pending")}, refusal: []string{key, "only a bound volume"}},
		{name: "classes that the user may not read", stack: size("2Gi"), cluster: objects{classesPath: ""}},
		{name: "other class for a volume with data", stack: class("fixed"), warning: []string{`storageClass is "fixed"`, "orders-database keeps", `"standard"`}},
		{name: "other class for a claim that waits", stack: class("standard"), cluster: objects{claimsPath: claims("fsat", "1Gi", "Pending")}, refusal: []string{`storageClass is "standard"`, "kubectl --namespace shop delete persistentvolumeclaim orders-database"}},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c) })
	}
}

func TestNewVolumesNeedAStorageClass(t *testing.T) {
	fresh := func(before *deployed.Stack) { *before = deployed.Stack{} }
	free := func(class string) func(*config.Config) {
		return func(stack *config.Config) { stack.Namespace, stack.StorageClass = "free", class }
	}
	noDefault := objects{classesPath: `{"items": [{"metadata": {"name": "fixed"}}]}`}
	for _, c := range []change{
		{name: "the default one", stack: free(""), before: fresh},
		{name: "one that exists", stack: free("fixed"), before: fresh},
		{name: "one that does not", stack: free("fsat"), before: fresh, refusal: []string{`kubernetes-networking:storageClass is "fsat"`, "it has standard, fixed"}},
		{name: "that of a volume made by hand", stack: free("manual"), before: fresh, cluster: objects{volumesPath: `{"items": [{"spec": {"storageClassName": "manual"}}]}`}},
		{name: "no default one", stack: free(""), before: fresh, cluster: noDefault, refusal: []string{"storageClass is not set", "it has fixed"}},
		{name: "no default one, and external databases", stack: free(""), before: fresh, cluster: noDefault, databases: []string{}},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c) })
	}
}

func TestClusterThatFailsIsAnError(t *testing.T) {
	want := errors.New("down")
	if _, err := Changes(t.Context(), failing{want}, config.Config{}, deployed.Stack{}, slices.Clone(internal), false); !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

type failing struct{ err error }

func (f failing) Get(context.Context, string, any) error { return f.err }
