//go:build e2e

package security

import (
	"crypto/x509"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
)

func TestEachCertificateBelongsToOneComponent(t *testing.T) {
	t.Parallel()
	files := map[string][]string{} // by public key
	var masters []string
	for path, certificate := range certificates(t) {
		files[string(certificate.RawSubjectPublicKeyInfo)] = append(files[string(certificate.RawSubjectPublicKeyInfo)], path)
		if slices.Contains(certificate.Subject.Organization, "system:masters") {
			masters = append(masters, path)
		}
	}
	for _, shared := range files {
		isCA := func(path string) bool { return filepath.Base(path) == "ca.crt" }
		if len(shared) > 1 && !slices.ContainsFunc(shared, isCA) {
			t.Errorf("one certificate is in %q", shared)
		}
	}
	if want := []string{clustertest.Root().UserKubeconfig(pki.SuperAdmin)}; !slices.Equal(masters, want) {
		t.Errorf("the certificates of the group system:masters are %q, want only %q", masters, want)
	}
}

// certificates returns the certificates in the cluster's files and kubeconfigs, by path.
func certificates(t *testing.T) map[string]*x509.Certificate {
	t.Helper()
	all := map[string]*x509.Certificate{}
	for path := range stateFiles(t) {
		switch {
		case filepath.Ext(path) == ".crt":
			found, err := cert.CertsFromFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = found[0]
		case path == clustertest.Root().Kubeconfig() || filepath.Base(filepath.Dir(path)) == "users":
			config, err := clientcmd.BuildConfigFromFlags("", path)
			if err != nil {
				t.Fatal(err)
			}
			found, err := cert.ParseCertsPEM(config.CertData)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = found[0]
		}
	}
	if len(all) < 20 {
		t.Fatalf("found %d certificates, want at least 20: the search is incomplete", len(all))
	}
	return all
}

func TestComponentsHaveOnlyTheirRights(t *testing.T) {
	t.Parallel()
	// Actions that only an administrator needs. The format is VERB RESOURCE[/SUBRESOURCE][.GROUP] [NAMESPACE].
	admins := []string{
		"create clusterrolebindings.rbac.authorization.k8s.io", "escalate clusterroles.rbac.authorization.k8s.io", "bind clusterroles.rbac.authorization.k8s.io",
		"impersonate users", "create pods/exec kube-system", "create pods/ephemeralcontainers kube-system", "create nodes/proxy",
		"delete namespaces", "approve signers.certificates.k8s.io", "create mutatingwebhookconfigurations.admissionregistration.k8s.io",
	}
	secrets := []string{"get secrets kube-system", "list secrets", "watch secrets default", "create serviceaccounts/token kube-system"}
	pods := []string{"create pods default", "delete pods kube-system", "update pods default"}
	for _, c := range []struct {
		user   string
		groups []string
		may    []string
		mayNot [][]string
	}{
		{user: pki.Scheduler, may: []string{"watch pods", "create pods/binding default", "list nodes", "delete pods default"}, mayNot: [][]string{admins, secrets, {"create pods default", "update nodes"}}},
		// It creates tokens for the controllers, and reads everything that may be garbage.
		{user: pki.ControllerManager, may: []string{"create serviceaccounts/token kube-system", "list pods", "watch deployments.apps"}, mayNot: [][]string{admins, pods}},
		{user: pki.KubeProxy, may: []string{"watch services", "watch endpointslices.discovery.k8s.io", "get nodes"}, mayNot: [][]string{admins, secrets, pods, {"update services default", "update nodes"}}},
		{user: pki.LoadBalancer, may: []string{"watch services", "watch nodes", "watch pods", "watch endpointslices.discovery.k8s.io", "update services/status default", "create events default"}, mayNot: [][]string{admins, secrets, pods, {"update services default", "update nodes"}}},
		{user: pki.Provisioner, may: []string{"create persistentvolumes", "watch persistentvolumeclaims", "watch storageclasses.storage.k8s.io"}, mayNot: [][]string{admins, secrets, pods, {"create persistentvolumeclaims default", "update nodes"}}},
		{user: pki.PodNetwork, may: []string{"watch pods", "watch namespaces", "watch nodes", "watch networkpolicies.networking.k8s.io"}, mayNot: [][]string{admins, secrets, pods, {"update networkpolicies.networking.k8s.io default", "update nodes"}}},
		// With the group of kubeadm's certificate.
		{user: "kube-apiserver-kubelet-client", groups: []string{"kubeadm:cluster-admins"}, may: []string{"create nodes/proxy", "get nodes/metrics"}, mayNot: [][]string{slices.DeleteFunc(slices.Clone(admins), func(action string) bool { return action == "create nodes/proxy" }), secrets, pods, {"update nodes"}}},
		{user: "system:serviceaccount:kube-system:coredns", groups: []string{"system:serviceaccounts", "system:serviceaccounts:kube-system"}, may: []string{"watch services", "watch endpointslices.discovery.k8s.io", "list namespaces", "list pods"}, mayNot: [][]string{admins, secrets, pods, {"update services kube-system", "get nodes", "get configmaps kube-system"}}},
		{user: "system:serviceaccount:default:default", groups: []string{"system:serviceaccounts", "system:serviceaccounts:default"}, mayNot: [][]string{admins, secrets, pods, {"list pods default", "list services default", "get nodes"}}},
		{user: pki.Admin, may: slices.Concat(admins, secrets, pods)},
	} {
		for _, action := range c.may {
			if !allowed(t, c.user, c.groups, action) {
				t.Errorf("%s may not %s, but needs to", c.user, action)
			}
		}
		for _, action := range slices.Concat(c.mayNot...) {
			if allowed(t, c.user, c.groups, action) {
				t.Errorf("%s may %s, but must not", c.user, action)
			}
		}
	}
}

// allowed reports whether the API server permits a user's action.
func allowed(t *testing.T, user string, groups []string, action string) bool {
	t.Helper()
	verb, what, _ := strings.Cut(action, " ")
	what, namespace, _ := strings.Cut(what, " ")
	what, group, _ := strings.Cut(what, ".")
	resource, subresource, _ := strings.Cut(what, "/")
	review, err := clustertest.Client(t).AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user, Groups: append([]string{"system:authenticated"}, groups...),
			ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: verb, Group: group, Resource: resource, Subresource: subresource, Namespace: namespace, Name: "any"},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}
