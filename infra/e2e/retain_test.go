//go:build e2e

package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// retain destroys a stack with retainData, and deploys it again with the retained data.
func (s *scenario) retain(t *testing.T) {
	call(t, "POST", s.outputs.ClientsURL+"/clients", map[string]any{"taxCode": "KEPT", "firstName": "Kim", "lastName": "Kept"}, http.StatusCreated)
	s.run("pulumi config set retainData true && pulumi up --yes --skip-preview")
	before := s.objects(t)
	s.mustFail("pulumi destroy --yes", "cannot be deleted", "protected")
	if now := s.objects(t); !slices.Equal(now, before) {
		t.Errorf("after a rejected destroy there are\n%v, want\n%v", now, before)
	}
	s.mustFail("pulumi config set namespace elsewhere && make deploy", "retainData", "pulumi config set namespace kubernetes-networking")
	s.mustFail("make preview", "retainData", "pulumi config set namespace kubernetes-networking")
	s.mustFail("pulumi config rm namespace && pulumi config set databaseStorage 512Mi && make deploy", "databaseStorage", "smaller")
	s.run("pulumi config set databaseStorage 2Gi && make deploy")
	if now := s.objects(t); !slices.Equal(now, before) {
		t.Errorf("after changes of the configuration there are\n%v, want\n%v", now, before)
	}
	s.run("kubectl wait --for=jsonpath='{.status.capacity.storage}'=2Gi persistentvolumeclaims --all --timeout=60s --namespace " + s.outputs.Namespace)
	t.Log(s.run("make destroy"))
	kept := slices.DeleteFunc(before, func(object string) bool {
		return !strings.HasPrefix(object, "Secret ") && !strings.HasPrefix(object, "PersistentVolumeClaim ")
	})
	if left := s.objects(t); !slices.Equal(left, kept) || len(left) != 6 {
		t.Errorf("after make destroy there are\n%v, want three Secrets and three claims of\n%v", left, before)
	}
	t.Log(s.run("make up"))
	s.outputs = s.checkout.outputs()
	client := call(t, "GET", s.outputs.ClientsURL+"/clients/KEPT", nil, http.StatusOK)
	if client["firstName"] != "Kim" {
		t.Errorf("the client is %v, want Kim", client)
	}
	s.samePasswords(t)
	s.run("pulumi config set retainData false && pulumi up --yes --skip-preview")
}

// objects returns the objects in the demo's namespace as "<kind> <namespace>/<name>", sorted. It leaves out the Pods
// and other objects that controllers create.
func (s *scenario) objects(t *testing.T) []string {
	t.Helper()
	printed := s.run("kubectl get services,deployments,statefulsets,poddisruptionbudgets,networkpolicies,secrets,configmaps," +
		"persistentvolumeclaims,serviceaccounts,roles,rolebindings --namespace " + s.outputs.Namespace +
		` --output jsonpath='{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\n"}{end}'`)
	objects := slices.DeleteFunc(strings.Split(strings.TrimSpace(printed), "\n"), func(object string) bool {
		return strings.HasSuffix(object, "/kube-root-ca.crt") || strings.HasSuffix(object, "/default") // every namespace has these
	})
	slices.Sort(objects)
	return objects
}
