package contract_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
)

func TestATargetIsASchemeAHostAndAPort(t *testing.T) {
	for text, want := range map[string]contract.Target{
		"http://orders.shop.svc:80":   {Scheme: "http", Host: "orders.shop.svc", Port: 80},
		"http://orders.shop.svc":      {Scheme: "http", Host: "orders.shop.svc", Port: 80},
		"http://orders.shop.svc:080/": {Scheme: "http", Host: "orders.shop.svc", Port: 80},
		"http://Orders.shop.svc.:80":  {Scheme: "http", Host: "Orders.shop.svc.", Port: 80}, // another target than the first
		"http://localhost:8081":       {Scheme: "http", Host: "localhost", Port: 8081},
		"postgresql://10.0.0.7:5432":  {Scheme: "postgresql", Host: "10.0.0.7", Port: 5432},
		"tcp://[fd00::7]:443":         {Scheme: "tcp", Host: "fd00::7", Port: 443},
		"http://[fd00::7]":            {Scheme: "http", Host: "fd00::7", Port: 80},
	} {
		got, err := contract.ParseTarget(text)
		if err != nil || got != want {
			t.Errorf("%s was read as %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestATargetsURLIsReadAsTheSameTarget(t *testing.T) {
	for _, want := range []string{"http://orders.shop.svc:80", "postgresql://10.0.0.7:5432", "tcp://[fd00::7]:443"} {
		target, err := contract.ParseTarget(want)
		if got := target.String(); err != nil || got != want {
			t.Errorf("%s became %s, %v", want, got, err)
		}
	}
}

func TestAURLWithMoreThanATargetIsInvalid(t *testing.T) {
	const form, port = "must be http, postgresql or tcp with a host and a port, such as http://orders.shop.svc:80", "must have a port from 1 to 65535"
	for text, want := range map[string]string{
		"":                           form,
		"orders.shop.svc:80":         form,
		"//orders.shop.svc:80":       form,
		"https://orders.shop.svc":    form,
		"HTTP://orders.shop.svc":     form,
		"file:///etc/passwd":         form,
		"http://:80":                 form,
		"http://user@orders:80":      form,
		"http://orders:80/clients":   form,
		"http://orders:80//":         form,
		"http://orders:80?x=1":       form,
		"http://orders:80#x":         form,
		"http://or_ders..svc:80":     form,
		"http://-orders:80":          form,
		"http://a,b:80":              form,
		"http://é:80":                form,
		"http://%C3%A9:80":           form,
		"http://[fe80::1%25eth0]:80": form,
		"http://[::1:80":             "is not a URL",
		"http://a b:80":              "is not a URL",
		"http://orders\n:80":         "is not a URL",
		"http://orders:http":         "is not a URL",
		"http://orders:":             port,
		"http://orders:0":            port,
		"http://orders:65536":        port,
		"tcp://orders":               port,
		"postgresql://orders":        port,
		"http://" + strings.Repeat("a.", 130) + "svc": form,
	} {
		if target, err := contract.ParseTarget(text); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q was read as %+v, %v; want that it %s", text, target, err, want)
		}
	}
}

func TestAnInvalidTargetIsNamedWithoutCredentials(t *testing.T) {
	for _, text := range []string{"http://ada:s3cret@orders:80", "postgresql://ada:s3/cret@db:1", "tcp://orders:1?key=s3cret", "http://ada:s3cret"} {
		if _, err := contract.ParseTarget(text); err == nil || strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: the error is %v, want one without its credentials", text, err)
		}
	}
}

func TestTheInvalidTargetOfSeveralIsNamed(t *testing.T) {
	got, err := contract.ParseTargets("http://a:80,tcp://b:443")
	if want := []contract.Target{{Scheme: "http", Host: "a", Port: 80}, {Scheme: "tcp", Host: "b", Port: 443}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, text := range []string{"http://a:80,", ",http://a:80", "http://a:80, tcp://b:443", "http://a:80;tcp://b:443"} {
		if got, err := contract.ParseTargets(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}
