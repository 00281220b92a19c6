package config

import (
	"strings"
	"testing"
)

const (
	clientsDSN  = "postgres://clients:s3cretword@db.example.com/clients?sslmode=require"
	ordersDSN   = "postgres://orders:s3cretword@db.example.com/orders?sslmode=require"
	productsDSN = "postgres://products:s3cretword@other.example.com/products?sslmode=require"
)

// managed returns a configuration with external databases and these changes.
func managed(changes map[string]string) map[string]string {
	values := map[string]string{
		"database": "external", "clientsDatabaseDsn": clientsDSN, "ordersDatabaseDsn": ordersDSN, "productsDatabaseDsn": productsDSN,
	}
	for key, value := range changes {
		values[key] = value
	}
	return values
}

func TestExternalDatabasesAreThoseOfTheirServices(t *testing.T) {
	loaded, err := load(t, managed(nil))
	if err != nil {
		t.Fatal(err)
	}
	for service, c := range map[string]struct {
		got     *DSN
		host    string
		sharing int
	}{
		"clients":  {loaded.ClientsDatabase, "db.example.com", 2},
		"orders":   {loaded.OrdersDatabase, "db.example.com", 2},
		"products": {loaded.ProductsDatabase, "other.example.com", 1},
	} {
		want := DSN{
			Host: c.host, Port: 5432, Database: service, User: service, Password: Secret{"s3cretword"}, SSLMode: "require", Sharing: c.sharing,
		}
		if c.got == nil || *c.got != want {
			t.Errorf("the database of %s is %+v, want %+v", service, c.got, want)
		}
	}
}

func TestInternalDatabasesHaveNoDSN(t *testing.T) {
	loaded, err := load(t, nil)
	if err != nil || loaded.ClientsDatabase != nil || loaded.OrdersDatabase != nil || loaded.ProductsDatabase != nil {
		t.Errorf("the databases are %v, %v, %v (%v), want none", loaded.ClientsDatabase, loaded.OrdersDatabase, loaded.ProductsDatabase, err)
	}
}

func TestWhatDoesNotGoTogetherIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		values map[string]string
		want   string
	}{
		{
			"DSN without external",
			map[string]string{"ordersDatabaseDsn": ordersDSN},
			"kubernetes-networking:ordersDatabaseDsn is set, and the databases are internal: `pulumi config set database external`",
		},
		{
			"external without a DSN", managed(map[string]string{"ordersDatabaseDsn": ""}),
			"kubernetes-networking:ordersDatabaseDsn is not set, and the databases are external: it must be postgres://USER:PASSWORD@HOST",
		},
		{
			"wrong DSN", managed(map[string]string{"ordersDatabaseDsn": "postgres://orders:s3cretword@db/orders"}),
			"kubernetes-networking:ordersDatabaseDsn needs a host with a full name",
		},
		{
			"one database for two", managed(map[string]string{"ordersDatabaseDsn": strings.Replace(clientsDSN, "clients:", "orders:", 1)}),
			"kubernetes-networking:ordersDatabaseDsn names the same database as clientsDatabaseDsn",
		},
		{
			"one database, spelt differently", managed(map[string]string{"productsDatabaseDsn": "postgresql://a:b@DB.example.com:5432/%6frders?sslmode=disable"}),
			"kubernetes-networking:productsDatabaseDsn names the same database as ordersDatabaseDsn",
		},
		{
			"image of a database that is not made", managed(map[string]string{"databaseImage": "postgres:15"}),
			`kubernetes-networking:databaseImage is "postgres:15", and the databases are external`,
		},
		{
			"storage class of a database that is not made", managed(map[string]string{"storageClass": "fast"}),
			`kubernetes-networking:storageClass is "fast", and the databases are external`,
		},
		{
			"lab of a database that is not made", managed(map[string]string{"lab": "database-down"}),
			`kubernetes-networking:lab is "database-down", and the databases are external:`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.values)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("the error is %v\nwant %s", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cretword") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("the message is more than one line, or shows a password: %v", err)
			}
		})
	}
}

func TestSecretsInPlainTextAreRefused(t *testing.T) {
	_, err := loadWithSecrets(t, managed(nil), "clientsDatabaseDsn", "productsDatabaseDsn")
	for _, want := range []string{"kubernetes-networking:ordersDatabaseDsn ", "Pulumi.test.yaml", "`pulumi config set --secret ordersDatabaseDsn VALUE`"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("a DSN in plain text: %v, want one line with %s", err, want)
		}
	}
	_, err = loadWithSecrets(t, map[string]string{"imagePullSecret": pullSecretOf("127.0.0.1:15000")})
	if err == nil || !strings.HasPrefix(err.Error(), "kubernetes-networking:imagePullSecret is in plain text") {
		t.Errorf("credentials in plain text: %v", err)
	}
}

// TestReplicasFitTheConnectionsOfASharedServer: with one connection for each Pod, a Pod would fail its health check
// while it sends a message to a peer that hangs.
func TestReplicasFitTheConnectionsOfASharedServer(t *testing.T) {
	const together = "postgres://products:s3cretword@db.example.com/products?sslmode=require"
	for _, c := range []struct {
		replicas, products string
		refused            []string // parts of the error; none if the configuration is valid
	}{
		{"5", productsDSN, nil},
		{"6", productsDSN, []string{`kubernetes-networking:replicas is "6"`, "2 of the databases", "100 connections", "5 replicas"}},
		{"3", together, nil},
		{"4", together, []string{`kubernetes-networking:replicas is "4"`, "3 of the databases", "100 connections", "3 replicas"}},
	} {
		_, err := load(t, managed(map[string]string{"replicas": c.replicas, "productsDatabaseDsn": c.products}))
		if (err != nil) != (c.refused != nil) || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s replicas: error is %v, want one line with %q", c.replicas, err, c.refused)
		}
		for _, want := range c.refused {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s replicas: error is %v, want %q in it", c.replicas, err, want)
			}
		}
	}
}
