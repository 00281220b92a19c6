package endpoint

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
)

func TestExternalURLFollowsTheServiceType(t *testing.T) {
	text := func(s string) *string { return &s }
	number := func(i int) *int { return &i }
	at := func(address corev1.LoadBalancerIngress) *corev1.ServiceStatus {
		return &corev1.ServiceStatus{LoadBalancer: &corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{address}}}
	}
	const inCluster = "http://clients.shop.svc:80"
	for _, c := range []struct {
		name   string
		kind   string
		port   corev1.ServicePort
		status *corev1.ServiceStatus
		want   string
	}{
		{"load balancer by address", "LoadBalancer", corev1.ServicePort{Port: 80}, at(corev1.LoadBalancerIngress{Ip: text("127.80.0.1")}), "http://127.80.0.1"},
		{"load balancer by name", "LoadBalancer", corev1.ServicePort{Port: 8080}, at(corev1.LoadBalancerIngress{Hostname: text("lb.test")}), "http://lb.test:8080"},
		{"load balancer in a preview", "LoadBalancer", corev1.ServicePort{Port: 80}, nil, inCluster},
		{"node port", "NodePort", corev1.ServicePort{Port: 80, NodePort: number(30080)}, nil, "http://192.0.2.7:30080"},
		{"load balancer by IPv6 address", "LoadBalancer", corev1.ServicePort{Port: 80}, at(corev1.LoadBalancerIngress{Ip: text("2001:db8::80")}), "http://[2001:db8::80]"},
		{"load balancer at a port that ends like HTTP's", "LoadBalancer", corev1.ServicePort{Port: 8080}, at(corev1.LoadBalancerIngress{Ip: text("192.0.2.8")}), "http://192.0.2.8:8080"},
		{"cluster IP", "ClusterIP", corev1.ServicePort{Port: 80}, nil, inCluster},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := corev1.ServiceSpec{Type: &c.kind, Ports: []corev1.ServicePort{c.port}}
			if got := externalURL(spec, ingress(c.status), inCluster, "192.0.2.7"); got != c.want {
				t.Errorf("URL is %s, want %s", got, c.want)
			}
		})
	}
}
