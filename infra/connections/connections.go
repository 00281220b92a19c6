// Package connections shares the connections of a PostgreSQL server between the Pods of the services. Package config
// limits the replicas by it, and package database sets the size of each Pod's connection pool.
package connections

const (
	// PerServer is PostgreSQL's default for max_connections, so that an external server has as many. Each connection is a
	// process of some megabytes.
	PerServer = 100
	// reserved connections are not for the pools: superusers have 3 (PostgreSQL's superuser_reserved_connections), the
	// migrations of a starting Pod need 2, and the rest is for health checks and an operator with psql.
	reserved = 10
	// highest and lowest are the bounds of a pool. More connections than highest make a replica no faster. A replica needs
	// lowest at once: for requests, for its health check, and for a message to a peer that does not answer.
	highest, lowest = 10, 4
	// maxReplicas is the limit for a server of one database.
	maxReplicas = 9
)

// PerReplica returns how many connections each Pod of a service may open to a server that holds this many databases of
// the stack. During a rolling update there are up to twice as many Pods as replicas, because old Pods drain while new
// ones serve; the server has enough connections for both.
func PerReplica(replicas, databases int) int {
	return min(highest, (PerServer-reserved)/(2*replicas*databases))
}

// MaxReplicas returns how many replicas of each service can use a server that holds this many databases of the stack,
// with at least lowest connections each.
func MaxReplicas(databases int) int {
	return min(maxReplicas, (PerServer-reserved)/(2*lowest*databases))
}
