package contract

// Lab is a way to break the demo on purpose. The configuration of the Pulumi program sets one, and the explorer explains
// what then can be seen.
type Lab string

// LabConfigMap is the ConfigMap that names the active lab, at the key LabKey; empty for none. It changes before the lab takes
// effect, and no Pod restarts for it.
const (
	LabConfigMap = "lab"
	LabKey       = "name"
)

// The labs. All of them are about the service products, the database behind it, and its caller orders.
const (
	// WrongSelector has the Service products select Pods by a name that none has.
	WrongSelector Lab = "wrong-selector"
	// NoReadyEndpoints has the Pods of products fail their readiness probe.
	NoReadyEndpoints Lab = "no-ready-endpoints"
	// WrongPort has the Service products lead to a port where nothing listens.
	WrongPort Lab = "wrong-port"
	// DenyDNS takes from orders the policy rule that lets it resolve names.
	DenyDNS Lab = "deny-dns"
	// DenyCall takes from products the policy rule that lets orders in.
	DenyCall Lab = "deny-call"
	// DatabaseDown scales the database of products to zero.
	DatabaseDown Lab = "database-down"
	// SlowPeer has products answer later than its callers wait.
	SlowPeer Lab = "slow-peer"
	// ServiceDeleted leaves the Service products out.
	ServiceDeleted Lab = "service-deleted"
)

// Labs are all labs, in the order of the way of a request.
func Labs() []Lab {
	return []Lab{DenyDNS, ServiceDeleted, WrongSelector, NoReadyEndpoints, WrongPort, DenyCall, SlowPeer, DatabaseDown}
}
