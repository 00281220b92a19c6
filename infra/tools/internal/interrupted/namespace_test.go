package interrupted

import "testing"

func TestOnlyAnEmptyNamespaceWithTheStacksLabelsIsItsOwn(t *testing.T) {
	labels := map[string]string{"app.kubernetes.io/part-of": "demo", "pod-security.kubernetes.io/enforce": "restricted"}
	const (
		ours    = `{"metadata":{"labels":{"app.kubernetes.io/part-of":"demo","pod-security.kubernetes.io/enforce":"restricted","kubernetes.io/metadata.name":"demo"}}}`
		similar = `{"metadata":{"labels":{"app.kubernetes.io/part-of":"demo","pod-security.kubernetes.io/enforce":"baseline"}}}`
		bare    = `{"metadata":{}}`
		empty   = "configmap/kube-root-ca.crt"
	)
	for _, c := range []struct {
		name     string
		labels   map[string]string
		found    string
		contains []string
		why      string
	}{
		{"as it was asked for", labels, ours, []string{empty}, ""},
		{"before Kubernetes put anything into it", labels, ours, nil, ""},
		{"with something in it", labels, ours, []string{empty, "service/orders", "secret/orders"}, "it holds service/orders, secret/orders"},
		{"with much in it", labels, ours, []string{"pod/a", "pod/b", empty, "pod/c", "pod/d", "pod/e", "pod/f", "pod/g"}, "it holds pod/a, pod/b, pod/c, pod/d, pod/e and 2 more"},
		{"with another label", labels, similar, []string{empty}, "it lacks the label pod-security.kubernetes.io/enforce=restricted"},
		{"without labels", labels, bare, []string{empty}, "it lacks the label app.kubernetes.io/part-of=demo"},
		{"without labels", nil, bare, []string{empty}, "it has no label that identifies it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			why, err := Foreign(Creation{Name: "demo", Labels: c.labels}, []byte(c.found), c.contains)
			if err != nil || why != c.why {
				t.Errorf("the reason is %q, %v, want %q", why, err, c.why)
			}
		})
	}
}
