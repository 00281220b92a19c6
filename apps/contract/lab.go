package contract

// Lab is a fault that the Pulumi program injects on purpose: its configuration names one, and the explorer explains the
// effects.
type Lab string

// LabConfigMap is the ConfigMap that holds the name of the active lab at the key LabKey; empty for none. It changes before
// the lab takes effect. No Pod restarts for it.
const (
	LabConfigMap = "lab"
	LabKey       = "name"
)

// The labs. All of them affect the service products, its database, and its caller orders.
const (
	// WrongSelector makes the Service products select a label that no Pod has.
	WrongSelector Lab = "wrong-selector"
	// NoReadyEndpoints makes the readiness probe of products fail.
	NoReadyEndpoints Lab = "no-ready-endpoints"
	// WrongPort makes the Service products forward to a port where nothing listens.
	WrongPort Lab = "wrong-port"
	// DenyDNS removes the policy rule that allows DNS to orders.
	DenyDNS Lab = "deny-dns"
	// DenyCall removes the policy rule that allows orders to call products.
	DenyCall Lab = "deny-call"
	// DatabaseDown scales the database of products to zero.
	DatabaseDown Lab = "database-down"
	// SlowPeer makes products answer after its callers have timed out.
	SlowPeer Lab = "slow-peer"
	// ServiceDeleted removes the Service products.
	ServiceDeleted Lab = "service-deleted"
)

// Labs returns all labs, in the order of the steps of a request.
func Labs() []Lab {
	return []Lab{DenyDNS, ServiceDeleted, WrongSelector, NoReadyEndpoints, WrongPort, DenyCall, SlowPeer, DatabaseDown}
}
