package config

import (
	"strings"
	"testing"
)

// FuzzDSN: for any text around a password, the DSN is read completely, or rejected without the password in the error.
func FuzzDSN(f *testing.F) {
	f.Add("postgres://ada:", "@db.example.com/orders?sslmode=require")
	f.Add("postgres://ada:p@", "/w@db.example.com/orders?sslmode=require")
	f.Add("postgres://ada:12#", "@db.example.com:5432/orders")
	f.Add("postgres://", "@[::1]:99999/%zz?sslmode=disable&sslmode=require")
	f.Add("postgres://ada:x@s.", ".test/a?sslmode=verify-ca")
	f.Fuzz(func(t *testing.T, before, after string) {
		const password = "s3cretword"
		text := before + password + after
		if strings.Contains(text, "sslrootcert") {
			t.Skip("the name of a file is shown")
		}
		dsn, err := parseDSN(text, "/nowhere")
		if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("the message shows the password or is more than one line: %v", err)
		}
		if err == nil && (dsn.Host == "" || dsn.Port < 1 || dsn.Port > 65535 || dsn.Database == "" || dsn.User == "" || !dsn.Password.IsSet() || dsn.SSLMode == "") {
			t.Errorf("%q is read as %+v, which is not complete", text, dsn)
		}
	})
}
