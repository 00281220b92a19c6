package config

import (
	"errors"
	"fmt"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	internal = "internal"
	external = "external"
)

// databases reads where the services' databases are, and refuses what does not go together.
func (r *reader) databases(loaded *Config) {
	kind := r.oneOf("database", internal, external)
	loaded.ClientsDatabase = r.dsn("clientsDatabaseDsn", kind)
	loaded.OrdersDatabase = r.dsn("ordersDatabaseDsn", kind)
	loaded.ProductsDatabase = r.dsn("productsDatabaseDsn", kind)
	r.share([]named{
		{"clientsDatabaseDsn", loaded.ClientsDatabase},
		{"ordersDatabaseDsn", loaded.OrdersDatabase},
		{"productsDatabaseDsn", loaded.ProductsDatabase},
	})
	for _, dsn := range []*DSN{loaded.ClientsDatabase, loaded.OrdersDatabase, loaded.ProductsDatabase} {
		if dsn != nil && !r.anyWrong("replicas") && loaded.Replicas > maxReplicas(dsn.Sharing) {
			r.refuse("replicas", fmt.Sprintf("is \"%d\", and %d of the databases are on one server: its 100 connections are enough "+
				"for %d replicas of each service", loaded.Replicas, dsn.Sharing, maxReplicas(dsn.Sharing)))
			break
		}
	}
	if kind != external {
		return
	}
	if loaded.Lab == contract.DatabaseDown {
		r.refuse("lab", fmt.Sprintf("is %q, and the databases are external: there is none that the stack could stop "+
			"(pulumi config rm lab)", loaded.Lab))
	}
	for _, of := range []struct{ key, value string }{{"databaseImage", loaded.DatabaseImage}, {"storageClass", loaded.StorageClass}} {
		if of.value != "" && !r.anyWrong(of.key) {
			r.refuse(of.key, fmt.Sprintf("is %q, and the databases are external: it is for databases that the stack makes "+
				"(pulumi config rm %s)", of.value, of.key))
		}
	}
}

// named is the value of a key.
type named struct {
	key string
	dsn *DSN
}

// dsn returns nil where the stack makes the database, and where the value is wrong.
func (r *reader) dsn(key, kind string) *DSN {
	text := r.secret(key)
	switch {
	case r.anyWrong(key, "database"):
	case text == "" && kind == external:
		r.rejectSecret(key, errors.New("is not set, and the databases are external"), dsnForm)
	case text != "" && kind == internal:
		r.refuse(key, "is set, and the databases are internal: `pulumi config set database external` or `pulumi config rm "+key+"`")
	case text != "":
		dsn, err := parseDSN(text, r.root)
		if err == nil {
			return &dsn
		}
		r.rejectSecret(key, err, dsnForm)
	}
	return nil
}

// share refuses a database that two services would share: one could break the other's tables, and nobody would see from
// the picture who depends on whom. It counts who shares a server, which is fine.
func (r *reader) share(databases []named) {
	for i, one := range databases {
		for _, another := range databases[:i] {
			if one.dsn == nil || another.dsn == nil || !one.dsn.sameServer(another.dsn) {
				continue
			}
			one.dsn.Sharing++
			another.dsn.Sharing++
			if one.dsn.Database == another.dsn.Database {
				r.refuse(one.key, "names the same database as "+another.key+
					": each service needs one of its own, on the same server if you like")
			}
		}
	}
}
