package pki

import (
	"crypto/x509/pkix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// The Kubernetes users of the components. Kubernetes' default roles grant their rights; the manifests of package addons
// contain the roles of this program's own components.
const (
	// SuperAdmin has all rights, independent of roles. Only the supervisor of the control plane uses it, and applies
	// the roles.
	SuperAdmin = "kubernetes-super-admin"
	// Admin is the user of this machine. As with kubeadm, a role grants its rights, so that they can be revoked.
	Admin             = "kubernetes-admin"
	ControllerManager = "system:kube-controller-manager"
	Scheduler         = "system:kube-scheduler"
	LoadBalancer      = "kubernetes-networking:load-balancer"
	Provisioner       = "kubernetes-networking:provisioner"
	KubeProxy         = "system:kube-proxy"
	PodNetwork        = "kubernetes-networking:pod-network"
	// Kubelet is the name of the kubelet's kubeconfig. The user is system:node: followed by the node's name.
	Kubelet = "kubelet"
)

// user is the subject of a client certificate.
type user struct{ name, group string }

func (u user) subject() pkix.Name {
	subject := pkix.Name{CommonName: u.name}
	if u.group != "" {
		subject.Organization = []string{u.group}
	}
	return subject
}

var controlPlaneUsers = []user{
	{SuperAdmin, "system:masters"},
	{ControllerManager, ""},
	{Scheduler, ""},
	{LoadBalancer, ""},
	{Provisioner, ""},
}

func kubelet(node layout.Node) user { return user{"system:node:" + node.Name(), "system:nodes"} }

// nodeUsers returns the users of a node's components, by the name of the kubeconfig.
func nodeUsers(node layout.Node) map[string]user {
	return map[string]user{
		Kubelet:    kubelet(node),
		KubeProxy:  {KubeProxy, ""},
		PodNetwork: {PodNetwork, ""},
	}
}
