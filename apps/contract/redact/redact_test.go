package redact_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract/redact"
)

func TestTextHidesTheCredentialsOfURLs(t *testing.T) {
	for text, want := range map[string]string{
		"no URL":                        "no URL",
		"http://collector:4318 refused": "http://collector:4318 refused",
		"http://user:s3cret@collector:4318 refused":                         "http://******@collector:4318 refused",
		"http://s3cret@collector:4318":                                      "http://******@collector:4318",
		`parse "http://user:s3 cret@collector": invalid`:                    `parse "http://******@collector": invalid`,
		`"http://user:s3cret\"s3cret@collector" is wrong`:                   `"http://******@collector" is wrong`,
		"GET https://registry.test/token?scope=a&key=s3cret: 401":           "GET https://registry.test/token?****** 401",
		"https://page.test/#token=s3cret":                                   "https://page.test/#******",
		"postgres://ada:s3cret#s3cret/@s3cret@db.test/orders":               "postgres://******@db.test/orders",
		"push ada:s3cret@registry.test/team/app":                            "push ******@registry.test/team/app",
		"push ada:s3/cret@registry.test/team/app@sha256:0a":                 "push ******@registry.test/team/app@sha256:0a",
		"pull 127.0.0.1:15000/demo/app@sha256:0a":                           "pull 127.0.0.1:15000/demo/app@sha256:0a",
		`{"url":"http://a.svc:80"},{"url":"tcp://ada:s3cret@b.svc:1"}`:      `{"url":"http://a.svc:80"},{"url":"tcp://******@b.svc:1"}`,
		`no context "kubernetes-admin@kubernetes"`:                          `no context "kubernetes-admin@kubernetes"`,
		"it has to be " + redact.DatabaseURL + ", with":                     "it has to be postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=MODE, with",
		"postgres://USER:s3cret@HOST:PORT/DATABASE?sslmode=MODE":            "postgres://******@HOST:PORT/DATABASE?******",
		"proxy http://ada:s3cret@a.test and http://ada:s3'cret@b.test fail": "proxy http://******@a.test and http://******@b.test fail",
	} {
		if got := redact.Text(text); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
}

func TestAValueIsMaskedIfItMayBeSecret(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "three": "three", "My_Shop": "My_Shop", "10.244.0.0/16": "10.244.0.0/16", "10.244.0.0": "10.244.0.0",
		"Nodeport": "Nodeport", "1.5Gi": "1.5Gi", "99999999Ti": "99999999Ti", "-1": "-1", "collector:4318": "collector:4318", "Foo_Bar": "Foo_Bar",
		"k8s": "k8s", "x86_64": "x86_64", "fe80::1a2b:3c4d": "fe80::1a2b:3c4d", "orders-database, Old": "orders-database, Old",
		"arn:aws:eks:eu-west-1:123456789012:cluster/shop": "arn:aws:eks:eu-west-1:123456789012:cluster/shop",
		"Bearer topsecret": redact.Mask, "s3cr3t!Pa55": redact.Mask, "s3cr3tPa55": redact.Mask, "Passw0rd": redact.Mask, "top$ecret": redact.Mask,
		"Tr0ub4dor&3": redact.Mask, "correct horse": redact.Mask, "a,top secret": redact.Mask, "pass#word": redact.Mask, "hunter2?": redact.Mask,
		"ghp_a1B2c3D4": redact.Mask, "user:s3cr3t!Pa55": redact.Mask, `back\\slash`: redact.Mask, "Postgres 15": redact.Mask,
		"http://collector:4318": "http://collector:4318", "https://registry.test/team": "https://registry.test/team",
		"http://user:s3cret@collector:4318":                "http://******@collector:4318",
		"http://user:s3cret?s3cret@collector:4318":         "http://******@collector:4318",
		"http://collector:4318/v1?key=s3cret":              "http://collector:4318/v1?******",
		"http://user:s3cret/collector":                     "http://******",
		"http://user:s3cret%zz@collector":                  "http://******@collector",
		"http://a.svc,postgres://u:s3,cret@db.test":        "http://******@db.test",
		"http://a.svc,tcp://:80":                           "http://a.svc,tcp://:80",
		"user:s3cret@registry.test/team":                   "******@registry.test/team",
		"s3cret@registry.test/team":                        "******@registry.test/team",
		"https:/user:s3cret@registry.test/team":            "******@registry.test/team",
		"registry.test/team/app@sha256:0a":                 "registry.test/team/app@sha256:0a",
		"host=db.test password=s3cret":                     redact.Mask,
		"eyJhbGciOiJub25lIn0.s3cret.":                      redact.Mask,
		`{"auths":{"registry.test":{"password":"s3cret"}}`: redact.Mask,
		"apiVersion: v1\nusers: [s3cret]":                  redact.Mask,
		strings.Repeat("s3cret", 50):                       redact.Mask,
	} {
		if got := redact.Value(value); got != want {
			t.Errorf("%s becomes %s, want %s", value, got, want)
		}
	}
}

// FuzzText covers URLs that net/url parses, and its errors for those that it does not.
func FuzzText(f *testing.F) {
	f.Add("http", "ada", "collector:4318/v1")
	f.Add("postgres", "a/d#a?", "db.test/a?b=c")
	f.Fuzz(func(t *testing.T, scheme, user, host string) {
		const password = "s3cretword"
		if scheme == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz") != "" || strings.ContainsAny(user+host, "<> \t\n\v\f\r\"@") {
			t.Skip("not one URL")
		}
		text := scheme + "://" + user + ":" + password + "@" + host
		_, err := url.Parse(text)
		for _, shown := range []string{redact.Text(text), redact.Text(fmt.Sprintf("%q: %v", text, err)), redact.Value(text)} {
			if strings.Contains(shown, password) {
				t.Errorf("%s becomes %s", text, shown)
			}
		}
	})
}
