// Package addonstest compares the requests of a controller with what the role in its add-on's manifest allows.
package addonstest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubetesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"
)

// manifests is the folder of the manifests, as seen from a package beside addons.
const manifests = "../addons/manifests"

// Requested returns the distinct requests that a fake client has recorded: verb and resource, sorted.
func Requested(actions []kubetesting.Action) []string {
	var all []string
	for _, action := range actions {
		resource := action.GetResource().GroupResource()
		if action.GetSubresource() != "" {
			resource.Resource += "/" + action.GetSubresource()
		}
		all = append(all, action.GetVerb()+" "+resource.String())
	}
	return distinct(all)
}

// Allowed returns the requests that the ClusterRole at the beginning of a manifest allows: verb and resource, sorted.
func Allowed(t testing.TB, manifest string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(manifests, manifest))
	if err != nil {
		t.Fatal(err)
	}
	var role rbacv1.ClusterRole
	document, _, _ := strings.Cut(string(content), "\n---\n")
	if err := yaml.UnmarshalStrict([]byte(document), &role); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, verb+" "+schema.GroupResource{Group: group, Resource: resource}.String())
				}
			}
		}
	}
	return distinct(all)
}

func distinct(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
