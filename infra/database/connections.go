package database

const (
	// maxConnections is the server's setting of this name, and PostgreSQL's default, so that an external server has as
	// many too; each connection is a process of some megabytes.
	maxConnections = 100
	// reserved are beside those of the replicas: for superusers (3, PostgreSQL's superuser_reserved_connections), for the
	// migrations of a Pod that starts (2), for the health checks, and for an operator with psql.
	reserved = 10
	// enough is what one replica makes use of: more do not make it faster.
	enough = 10
)

// connectionsPerReplica is how many connections each of the owner's Pods may open on a server that has so many databases
// of the stack. During a rolling update there are up to twice as many Pods as replicas, because old ones drain while new
// ones serve: even then the server has one for each.
func connectionsPerReplica(replicas, databases int) int {
	return min(enough, (maxConnections-reserved)/(2*replicas*databases))
}
