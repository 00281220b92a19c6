package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestDSNIsReadAsPostgreSQLReadsIt(t *testing.T) {
	root := t.TempDir()
	certificate := newCABundle(t)
	write(t, filepath.Join(root, "ca.pem"), certificate)
	for text, want := range map[string]DSN{
		"postgres://ada:secret@db.example.com:6432/orders?sslmode=require": {
			Host: "db.example.com", Port: 6432, Database: "orders", User: "ada", Password: Secret{"secret"}, SSLMode: "require",
		},
		"postgresql://ada:secret@192.0.2.7/orders?sslmode=disable": {
			Host: "192.0.2.7", Port: 5432, Database: "orders", User: "ada", Password: Secret{"secret"}, SSLMode: "disable",
		},
		"postgres://ada:secret@DB.Example.com:/orders?sslmode=require": {
			Host: "db.example.com", Port: 5432, Database: "orders", User: "ada", Password: Secret{"secret"}, SSLMode: "require",
		},
		"postgres://ada%40team:p%40s%2Fs%3Aw%23o%3Fr%25d%20+@db.postgres.svc/my%20orders?sslmode=disable": {
			Host: "db.postgres.svc", Port: 5432, Database: "my orders", User: "ada@team", Password: Secret{"p@s/s:w#o?r%d +"}, SSLMode: "disable",
		},
		"postgres://ada:secret@db.example.com/orders?sslmode=verify-full&sslrootcert=ca.pem": {
			Host: "db.example.com", Port: 5432, Database: "orders", User: "ada", Password: Secret{"secret"}, SSLMode: "verify-full",
			CABundle: certificate,
		},
		"postgres://ada:secret@db.example.com/orders?sslrootcert=" + root + "/ca.pem&sslmode=verify-ca": {
			Host: "db.example.com", Port: 5432, Database: "orders", User: "ada", Password: Secret{"secret"}, SSLMode: "verify-ca",
			CABundle: certificate,
		},
	} {
		want.Sharing = 1
		if got, err := parseDSN(text, root); err != nil || got != want {
			t.Errorf("%s\nis read as %+v (%v), want %+v", text, got, err, want)
		}
	}
}

func TestWrongDSNIsExplainedAndNotShown(t *testing.T) {
	root := t.TempDir()
	certificate := newCABundle(t)
	large := strings.Repeat("# a region\n", 10000) + certificate
	write(t, filepath.Join(root, "ca.pem"), certificate)
	write(t, filepath.Join(root, "empty.pem"), "")
	write(t, filepath.Join(root, "large.pem"), large)
	const good = "postgres://ada:s3cretword@db.example.com/orders"
	for text, want := range map[string]string{
		"s3cretword": "does not start with postgres://",
		"postgres://ada:s3cretword@999.999.1.1/orders?sslmode=require":         "host with a full name",
		"postgres://ada:s3cretword@db.example.com/orders%0a?sslmode=require":   "has a control character",
		"mysql://ada:s3cretword@db.example.com/orders?sslmode=require":         "does not start with postgres://",
		"host=db.example.com password=s3cretword":                              "does not start with postgres://",
		"postgres://ada@db.example.com/orders?sslmode=require":                 "has no user or no password",
		"postgres://ada:@db.example.com/orders?sslmode=require":                "has no user or no password",
		"postgres://:s3cretword@db.example.com/orders?sslmode=require":         "has no user or no password",
		"postgres://db.example.com/orders?sslmode=require":                     "has no user or no password",
		"postgres://ada:s3cretword@db.example.com?sslmode=require":             "has no database",
		"postgres://ada:s3cretword@db.example.com/?sslmode=require":            "has no database",
		"postgres://ada:s3cretword@db.example.com/orders/2?sslmode=require":    "has a # or a second / after the host",
		"postgres://ada:s3cretword@/orders?sslmode=require":                    "host with a full name",
		"postgres://ada:s3cretword@database/orders?sslmode=require":            "host with a full name",
		"postgres://ada:s3cretword@db_1.example.com/orders?sslmode=require":    "host with a full name",
		"postgres://ada:s3cretword@a.test,b.test/orders?sslmode=require":       "host with a full name",
		"postgres://ada:s3cretword@localhost/orders?sslmode=require":           "has a host that is the Pod itself",
		"postgres://ada:s3cretword@127.0.0.1/orders?sslmode=require":           "has a host that is the Pod itself",
		"postgres://ada:s3cretword@[2001:db8::7]/orders?sslmode=require":       "has an IPv6 address",
		"postgres://ada:s3cretword@db.example.com:0/orders?sslmode=require":    "has a port",
		"postgres://ada:s3cretword@db.example.com:99999/orders?sslmode=reqire": "has a port",
		"postgres://ada:s3cretword@db.example.com:pg/orders?sslmode=require":   "is not a URL",
		"postgres://ada:s3cretword%zz@db.example.com/orders?sslmode=require":   "is not a URL",
		"postgres://ada:s3cretword%00@db.example.com/orders?sslmode=require":   "has a control character such as %00 or %0A in it",
		good + "\n":              "is not a URL",
		good:                     "disable, require, verify-ca or verify-full",
		good + "?sslmode=prefer": "needs an sslmode",
		good + "?sslmode=%zz":    "parameters that are not URL-encoded",
		good + "?sslmode=require&connect_timeout=s3cretword": "has other parameters than one sslmode and one sslrootcert",
		good + "?sslmode=require&sslmode=disable":            "has other parameters than one sslmode",
		good + "?sslmode=require&sslrootcert=ca.pem":         "has an sslrootcert, which only",
		good + "?sslmode=verify-full":                        "needs an sslrootcert",
		good + "?sslmode=verify-ca&sslrootcert=system":       "needs an sslrootcert",
		good + "?sslmode=verify-ca&sslrootcert=absent.pem":   "cannot be read: open " + root + "/absent.pem: no such file",
		good + "?sslmode=verify-ca&sslrootcert=empty.pem":    "without a PEM certificate",
		good + "?sslmode=verify-ca&sslrootcert=large.pem":    fmt.Sprintf("of %d bytes", len(large)),
		// Passwords with special characters that are not encoded.
		"postgres://ada:s3cretword#rest@db.example.com/orders?sslmode=require":   "is not a URL",
		"postgres://ada:s3cretword?rest@db.example.com/orders?sslmode=require":   "is not a URL",
		"postgres://ada:s3cretword/rest@db.example.com/orders?sslmode=require":   "is not a URL",
		"postgres://ada:12#s3cretword@db.example.com/orders?sslmode=require":     "has no user or no password",
		"postgres://ada:p@s3cretword/rest@db.example.com/orders?sslmode=require": "has a # or a second / after the host",
	} {
		got, err := parseDSN(text, root)
		if err == nil {
			t.Errorf("%s is read as %+v, want %q in the error", text, got, want)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s %v, want %q in the error", text, err, want)
		}
		for _, shown := range []string{"s3cretword", "rest@", "ada"} {
			if strings.Contains(err.Error(), shown) {
				t.Errorf("%s: the message shows %q of it: %v", text, shown, err)
			}
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	dsn, err := parseDSN("postgres://ada:s3cretword@db.example.com/orders?sslmode=require", "")
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprint(dsn.Password); printed != "[secret]" {
		t.Errorf("a secret is printed as %s, want [secret]", printed)
	}
	loaded := Config{ImagePullSecret: Secret{"s3cretword"}, OrdersDatabase: &dsn}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		for _, value := range []any{loaded, dsn, dsn.Password} {
			if printed := fmt.Sprintf(verb, value); strings.Contains(printed, "s3cretword") {
				t.Errorf("%s of %T shows the password: %s", verb, value, printed)
			}
		}
	}
}

func TestSecretIsPassedOnAsOne(t *testing.T) {
	output := Secret{"s3cretword"}.Output()
	found := make(chan []any)
	pulumi.All(output, pulumi.IsSecret(output)).ApplyT(func(all []any) bool {
		found <- all
		return true
	})
	if got := <-found; got[0] != "s3cretword" || got[1] != true {
		t.Errorf("the output is %q, secret: %t, want s3cretword, secret: true", got[0], got[1])
	}
}
