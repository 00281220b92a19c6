package contract_test

import (
	"bytes"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
)

func goodEnvironment() map[string]string {
	return map[string]string{
		"PORT":              "8080",
		"ORDERS_URL":        "http://orders.demo.svc",
		"DATABASE_HOST":     "clients-database.demo.svc",
		"DATABASE_PORT":     "5432",
		"DATABASE_NAME":     "clients",
		"DATABASE_USER":     "clients",
		"DATABASE_PASSWORD": "s3cret-word",

		"DATABASE_SSL_MODE":        "disable",
		"DATABASE_MAX_CONNECTIONS": "10",

		"PROBE_PORT":    "8082",
		"PROBE_TARGETS": "http://orders.demo.svc:80,postgresql://clients-database.demo.svc:5432",
		"PROBE_PODS":    "http://pods.demo.svc:8080",
	}
}

func TestLoadReadsEveryVariable(t *testing.T) {
	got, err := contract.Load[contract.Clients[string]](goodEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	want := contract.Clients[string]{
		Port:      "8080",
		OrdersURL: "http://orders.demo.svc",
		Database: contract.Database[string]{
			Host: "clients-database.demo.svc", Port: "5432", Name: "clients", User: "clients", Password: "s3cret-word",
			SSLMode: "disable", MaxConnections: "10",
		},
		Probe: contract.ProbeEndpoint[string]{Port: "8082", Allowlist: contract.Allowlist[string]{
			Targets: "http://orders.demo.svc:80,postgresql://clients-database.demo.svc:5432", Pods: "http://pods.demo.svc:8080",
		}},
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLoadNamesTheInvalidVariableAndTheRemedy(t *testing.T) {
	tests := map[string]struct{ variable, value, want string }{
		"port that is a word":      {"PORT", "http", `PORT is "http", set it to a port number from 1 to 65535`},
		"port that is zero":        {"PORT", "0", `PORT is "0", set it to a port number from 1 to 65535`},
		"port that is too high":    {"DATABASE_PORT", "65536", `DATABASE_PORT is "65536", set it to a port number from 1 to 65535`},
		"URL without scheme":       {"ORDERS_URL", "orders", `ORDERS_URL is "orders", set it to a URL that starts with http:// or https://`},
		"host with an underscore":  {"DATABASE_HOST", "a_b", `DATABASE_HOST is "a_b", set it to a host name of letters, digits, hyphens and dots`},
		"empty database name":      {"DATABASE_NAME", "", `DATABASE_NAME is not set, set it to a non-empty value`},
		"TLS that may be left out": {"DATABASE_SSL_MODE", "prefer", `DATABASE_SSL_MODE is "prefer", set it to disable, require, verify-ca or verify-full`},
		"CA certificates, not PEM": {"DATABASE_CA_CERTIFICATES", "/etc/ca.pem", `DATABASE_CA_CERTIFICATES is "******", set it to certificates in PEM`},
		"target without a host": {
			"PROBE_TARGETS", "http://orders.demo.svc,tcp://:80",
			`PROBE_TARGETS is "http://orders.demo.svc,tcp://:80", set it to URLs such as http://orders.shop.svc:80, separated by commas`,
		},
		"no Pods to probe":        {"PROBE_PODS", "", `PROBE_PODS is not set, set it to URLs such as http://orders.shop.svc:80, separated by commas`},
		"empty database password": {"DATABASE_PASSWORD", "", `DATABASE_PASSWORD is not set, set it to a non-empty value`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			environ := goodEnvironment()
			environ[test.variable] = test.value
			_, err := contract.Load[contract.Clients[string]](environ)
			if want := "invalid environment: " + test.want; err == nil || err.Error() != want {
				t.Errorf("got %v\nwant %s", err, want)
			}
		})
	}
}

// A user may put a URL, a DSN or a token into any variable.
func TestAnInvalidVariableIsNamedWithoutCredentials(t *testing.T) {
	for _, value := range []string{
		"postgres://ada:s3cret-word@db.demo.svc/clients", "http://ada:s3cret-word@orders:port", "http://ada:s3cret-word/orders",
		"http://orders:x?token=s3cret-word", "ada:s3cret-word@orders", "host=db password=s3cret-word", "s3cret-word\nline",
	} {
		for _, variable := range []string{
			"PORT", "ORDERS_URL", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_SSL_MODE", "DATABASE_CA_CERTIFICATES",
			"DATABASE_MAX_CONNECTIONS", "PROBE_TARGETS", "PROBE_PODS", "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT",
		} {
			environ := goodEnvironment()
			environ[variable] = value
			_, err := contract.Load[contract.Clients[string]](environ)
			switch {
			case err == nil:
				t.Errorf("%s=%s was accepted", variable, value)
			case strings.Contains(err.Error(), "s3cret-word"):
				t.Errorf("%s=%s is shown: %v", variable, value, err)
			case !strings.Contains(err.Error(), variable+" is "):
				t.Errorf("%s=%s is not named: %v", variable, value, err)
			}
		}
	}
}

func TestLoadNamesEveryMissingVariable(t *testing.T) {
	_, err := contract.Load[contract.Clients[string]](nil)
	if err == nil {
		t.Fatal("an empty environment was accepted")
	}
	for variable := range maps.Keys(goodEnvironment()) {
		if !strings.Contains(err.Error(), variable+" is not set, set it to ") {
			t.Errorf("%s is not named in: %v", variable, err)
		}
	}
}

// Each contract is loaded from an empty and from a nonsensical environment, so that every rule of every struct fails once
// and must be explained, including those of optional variables.
func TestEveryRuleHasAMeaning(t *testing.T) {
	nonsense := map[string]string{}
	for variable := range goodEnvironment() {
		nonsense[variable] = "\x00"
	}
	optional := []string{"LOG_LEVEL", "TRACES_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "DATABASE_CA_CERTIFICATES"}
	for _, variable := range append(optional,
		"CLIENTS_URL", "PRODUCTS_URL", "PROBE_URL", "NAMESPACE", "API_SERVER_URL", "TRACES_PORT", "TOPOLOGY", "RESPONSE_DELAY") {
		nonsense[variable] = "\x00"
	}
	for name, environ := range map[string]map[string]string{"nothing": nil, "nonsense": nonsense} {
		wrong := map[string]error{}
		_, wrong["clients"] = contract.Load[contract.Clients[string]](environ)
		_, wrong["orders"] = contract.Load[contract.Orders[string]](environ)
		_, wrong["products"] = contract.Load[contract.Products[string]](environ)
		_, wrong["explorer"] = contract.Load[contract.Explorer[string]](environ)
		_, wrong["probe"] = contract.Load[contract.Probe[string]](environ)
		for app, err := range wrong {
			if err == nil || strings.Contains(err.Error()+";", "set it to ;") {
				t.Errorf("%s from %s: a rule is not explained in: %v", app, name, err)
			}
			services := app == "clients" || app == "orders" || app == "products"
			for _, variable := range optional {
				if named := err != nil && strings.Contains(err.Error(), variable+" is "); named != (services && environ != nil) {
					t.Errorf("%s from %s: is %s named? got %t in: %v", app, name, variable, named, err)
				}
			}
		}
	}
}

func TestMaskedHidesOnlyThePassword(t *testing.T) {
	config, err := contract.Load[contract.Clients[string]](goodEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "config", contract.Masked(config))
	if strings.Contains(log.String(), "s3cret-word") || !strings.Contains(log.String(), "config.DATABASE_PASSWORD=******") {
		t.Errorf("the password is not masked: %s", log.String())
	}
	if !strings.Contains(log.String(), "config.ORDERS_URL=http://orders.demo.svc") {
		t.Errorf("ORDERS_URL is not printed: %s", log.String())
	}
}

func TestMaskedHidesTheCredentialsOfURLs(t *testing.T) {
	environ := goodEnvironment()
	environ["ORDERS_URL"] = "http://ada:s3cret-word@orders.demo.svc"
	environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://collector.test:4318?token=s3cret-word"
	config, err := contract.Load[contract.Clients[string]](environ)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "config", contract.Masked(config))
	if strings.Contains(log.String(), "s3cret-word") {
		t.Errorf("the credentials are not masked: %s", log.String())
	}
	for _, shown := range []string{"http://******@orders.demo.svc", "https://collector.test:4318?******"} {
		if !strings.Contains(log.String(), shown) {
			t.Errorf("%s is not printed: %s", shown, log.String())
		}
	}
}
