package config

import (
	"errors"
	"fmt"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/connections"
)

const (
	internal = "internal"
	external = "external"
)

// databases reads the keys of the external databases, and rejects combinations that cannot work.
func (r *reader) databases(loaded *Config) {
	kind := r.oneOf("database", internal, external)
	loaded.ClientsDatabase = r.dsn("clientsDatabaseDsn", kind)
	loaded.OrdersDatabase = r.dsn("ordersDatabaseDsn", kind)
	loaded.ProductsDatabase = r.dsn("productsDatabaseDsn", kind)
	r.share([]keyedDSN{
		{"clientsDatabaseDsn", loaded.ClientsDatabase},
		{"ordersDatabaseDsn", loaded.OrdersDatabase},
		{"productsDatabaseDsn", loaded.ProductsDatabase},
	})
	for _, dsn := range []*DSN{loaded.ClientsDatabase, loaded.OrdersDatabase, loaded.ProductsDatabase} {
		if dsn == nil || r.anyWrong("replicas") {
			continue
		}
		if highest := connections.MaxReplicas(dsn.Sharing); loaded.Replicas > highest {
			r.refuse("replicas", fmt.Sprintf("is \"%d\", and %d of the databases are on one server: its %d connections "+
				"are enough for %d replicas of each service", loaded.Replicas, dsn.Sharing, connections.PerServer, highest))
		}
	}
	if kind != external {
		return
	}
	if loaded.Lab == contract.DatabaseDown {
		r.refuse("lab", fmt.Sprintf("is %q, and the databases are external: the stack cannot stop them "+
			"(pulumi config rm lab)", loaded.Lab))
	}
	for _, own := range []struct{ key, value string }{
		{"databaseImage", loaded.DatabaseImage}, {"storageClass", loaded.StorageClass},
	} {
		if own.value != "" && !r.anyWrong(own.key) {
			r.refuse(own.key, fmt.Sprintf("is %q, and the databases are external: the key is for databases of the stack "+
				"(pulumi config rm %s)", own.value, own.key))
		}
	}
}

// keyedDSN is the value of a key.
type keyedDSN struct {
	key string
	dsn *DSN
}

// dsn returns nil if the stack declares the database, or if the value is invalid.
func (r *reader) dsn(key, kind string) *DSN {
	text := r.secret(key)
	switch {
	case r.anyWrong(key, "database"):
	case text == "" && kind == external:
		r.rejectSecret(key, errors.New("is not set, and the databases are external"), dsnForm)
	case text != "" && kind == internal:
		r.refuse(key, "is set, and the databases are internal: `pulumi config set database external` or "+
			"`pulumi config rm "+key+"`")
	case text != "":
		dsn, err := parseDSN(text, r.root)
		if err == nil {
			return &dsn
		}
		r.rejectSecret(key, err, dsnForm)
	}
	return nil
}

// share rejects a database that two services would share: one could break the other's tables, and main.go would not
// show the dependency. Sharing a server is allowed; share counts the databases on each server.
func (r *reader) share(databases []keyedDSN) {
	for i, one := range databases {
		for _, another := range databases[:i] {
			if one.dsn == nil || another.dsn == nil || !one.dsn.sameServer(another.dsn) {
				continue
			}
			one.dsn.Sharing++
			another.dsn.Sharing++
			if one.dsn.Database == another.dsn.Database {
				r.refuse(one.key, "names the same database as "+another.key+
					": each service needs a database of its own, which may be on the same server")
			}
		}
	}
}
