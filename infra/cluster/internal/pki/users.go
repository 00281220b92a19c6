package pki

import (
	"crypto/x509/pkix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Users of the components, as their certificates say. What they may do is Kubernetes' own role for each, and for our own
// components it is in the add-ons' manifests.
const (
	// SuperAdmin may do anything, whatever the roles say. Only the supervisor has its certificate: it makes the roles.
	SuperAdmin = "kubernetes-super-admin"
	// Admin is the user of this machine. As kubeadm does it, a role says what it may do, so that it can be taken back.
	Admin             = "kubernetes-admin"
	ControllerManager = "system:kube-controller-manager"
	Scheduler         = "system:kube-scheduler"
	LoadBalancer      = "kubernetes-networking:load-balancer"
	Provisioner       = "kubernetes-networking:provisioner"
	KubeProxy         = "system:kube-proxy"
	PodNetwork        = "kubernetes-networking:pod-network"
	// Kubelet is what the kubeconfig of a node's own user is named after; the user is system:node: and the node's name.
	Kubelet = "kubelet"
)

// user is who a client certificate is for.
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

// nodeUsers are the users that a node has the certificates of, by the name of the kubeconfig.
func nodeUsers(node layout.Node) map[string]user {
	return map[string]user{
		Kubelet:    kubelet(node),
		KubeProxy:  {KubeProxy, ""},
		PodNetwork: {PodNetwork, ""},
	}
}
