package database_test

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// encrypted returns a running server with a certificate for localhost, its CA certificate, and an unrelated one.
func encrypted(t *testing.T) (server *databasetest.Server, authority, foreign string) {
	t.Helper()
	server = newServer(t)
	for _, made := range []*string{&foreign, &authority} { // the second certificate replaces the first
		var err error
		if *made, err = server.Encrypt("localhost"); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server, authority, foreign
}

func TestTheSSLModeDecidesWhichServersAreTrusted(t *testing.T) {
	server, authority, foreign := encrypted(t)
	for _, c := range []struct {
		name, host, mode, certificates string
		want                           string // in the error; empty if the server is to be trusted
	}{
		{"no encryption wanted", "127.0.0.1", "disable", "", "no encryption"},
		{"encrypted, any server", "127.0.0.1", "require", "", ""},
		{"signed by the authority", "127.0.0.1", "verify-ca", authority, ""},
		{"signed by another CA", "127.0.0.1", "verify-ca", foreign, "signed by unknown authority"},
		{"name in the certificate", "localhost", "verify-full", authority, ""},
		{"another name", "127.0.0.1", "verify-full", authority, "cannot validate certificate for 127.0.0.1"},
		{"right name, signed by another CA", "localhost", "verify-full", foreign, "signed by unknown authority"},
		{"one of two CA certificates", "localhost", "verify-full", foreign + authority, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := server.LoopbackConfig("postgres")
			config.Host, config.SSLMode, config.CACertificates = c.host, c.mode, c.certificates
			err := databasetest.Connect(t, config).WithContext(databasetest.Context(t)).Exec("SELECT 1").Error
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("a query ends with %v, want %q", err, c.want)
			}
		})
	}
}

func TestAServerWithoutTLSIsRefused(t *testing.T) {
	config := databasetest.NewLoopback(t)
	config.SSLMode = "require"
	err := databasetest.Connect(t, config).WithContext(databasetest.Context(t)).Exec("SELECT 1").Error
	if err == nil || !strings.Contains(err.Error(), "server refused TLS connection") {
		t.Errorf("a query ends with %v, want that the server refused TLS", err)
	}
}

func TestSSLModeAndCACertificatesHaveToFit(t *testing.T) {
	for _, c := range []struct{ mode, certificates, want string }{
		{"require", "a certificate", "the database at db.test has CA certificates, which the SSL mode require ignores: set the mode to verify-full"},
		{"verify-ca", "", "the database at db.test has no CA certificates, which the SSL mode verify-ca requires"},
		{"verify-full", "no certificate", "the CA certificates of the database at db.test are not in PEM"},
	} {
		_, err := database.Open(contract.Database[string]{
			Host: "db.test", Port: "5432", Name: "n", User: "u", Password: "p", SSLMode: c.mode, CACertificates: c.certificates, MaxConnections: "1",
		})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s with %q: got %v, want %s", c.mode, c.certificates, err, c.want)
		}
	}
}

// A managed PostgreSQL grants no other rights. Migrating and locking must work without them.
func TestTheOwnerOfADatabaseNeedsNoOtherRights(t *testing.T) {
	server, authority, _ := encrypted(t)
	for _, statement := range []string{
		"CREATE ROLE limited LOGIN PASSWORD 'its own'",
		"CREATE DATABASE limited OWNER limited",
	} {
		if err := server.Execute(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	config := server.LoopbackConfig("limited")
	config.Host, config.User, config.Password = "localhost", "limited", "its own"
	config.SSLMode, config.CACertificates = "verify-full", authority
	prepared := make(chan error)
	const replicas = 3
	for range replicas {
		db := databasetest.Connect(t, config)
		go func() { prepared <- db.Prepare(t.Context(), notes()) }()
	}
	for range replicas {
		if err := <-prepared; err != nil {
			t.Error(err)
		}
	}
	var got note
	if err := databasetest.Connect(t, config).WithContext(databasetest.Context(t)).Take(&got).Error; err != nil || got.ID != 1 {
		t.Errorf("the note is %+v (%v), want the first one", got, err)
	}
}
