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
		own      bool
	}{
		{"as it was asked for", labels, ours, []string{empty}, true},
		{"before Kubernetes put anything into it", labels, ours, nil, true},
		{"with something in it", labels, ours, []string{empty, "service/orders"}, false},
		{"with another label", labels, similar, []string{empty}, false},
		{"without labels", labels, bare, []string{empty}, false},
		{"where nothing tells it from others", nil, bare, []string{empty}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			own, err := Own(Creation{Name: "demo", Labels: c.labels}, []byte(c.found), c.contains)
			if err != nil || own != c.own {
				t.Errorf("own is %v, %v, want %v", own, err, c.own)
			}
		})
	}
}
