package contract_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
)

// FuzzLoad checks that any environment is accepted or explained, without the password.
func FuzzLoad(f *testing.F) {
	f.Add("8080", "http://orders.demo.svc", "db.demo.svc", "clients", "info", "")
	f.Add("0", "orders", "a b", "", "loud", "collector:4318")
	f.Add("-1", "http://", "", "\x00", "", "http://collector:4318/\n")
	f.Add("99999999999999999999", "https://[::1]:80/%zz", "127.0.0.1", "=", "INFO", "https://a")
	f.Add("８０", "${PORT}", "-", "a,b", "info warn", "ftp://a")
	f.Fuzz(func(t *testing.T, port, url, host, name, level, endpoint string) {
		const password = "s3cret-word"
		if strings.Contains(port+url+host+name+level+endpoint, password) {
			t.Skip()
		}
		config, err := contract.Load[contract.Clients[string]](map[string]string{
			"PORT": port, "ORDERS_URL": url, "DATABASE_HOST": host, "DATABASE_PORT": port, "DATABASE_NAME": name, "DATABASE_USER": name,
			"DATABASE_PASSWORD": password, "DATABASE_SSL_MODE": "require", "DATABASE_MAX_CONNECTIONS": port, "LOG_LEVEL": level, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
			"PROBE_PORT": port, "PROBE_TARGETS": url, "PROBE_PODS": url,
		})
		if err != nil {
			if strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), ", set it to ") {
				t.Errorf("got %v, want what to do and no password", err)
			}
			return
		}
		if config.Port != port || config.OrdersURL != url || config.Telemetry.OTLPEndpoint != endpoint {
			t.Errorf("got %+v, want the values as they are", config)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", contract.Masked(config))
		if strings.Contains(log.String(), password) {
			t.Error("the password is in the log")
		}
	})
}

// FuzzParseTarget checks that an accepted text has a scheme, a host and a port only.
func FuzzParseTarget(f *testing.F) {
	for _, text := range []string{
		"http://orders.shop.svc:80", "postgresql://10.0.0.7:5432/", "tcp://[fd00::7]:443", "http://user@host", "http://host:80?x", "http://a\x00b",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, err := contract.ParseTarget(text)
		if err != nil {
			return
		}
		if target.Port == 0 || target.Host == "" || strings.ContainsAny(target.Host, "/?#@%, \x00") || len(text) > len(target.String())+len("/00000") {
			t.Errorf("%q was read as %+v", text, target)
		}
		if again, err := contract.ParseTarget(target.String()); err != nil || again != target {
			t.Errorf("%q was read as %+v, and that as %+v, %v", text, target, again, err)
		}
	})
}

// FuzzParseTopology checks that an accepted topology is consistent.
func FuzzParseTopology(f *testing.F) {
	f.Add(topologyText)
	f.Add(`{"nodes":null,"calls":[{"from":"","to":"","variable":""}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		topology, err := contract.ParseTopology(text)
		if err != nil {
			return
		}
		for _, call := range topology.Calls {
			_, from := topology.Node(call.From)
			_, to := topology.Node(call.To)
			if !from || !to || !topology.Declared(call.From, call.To) {
				t.Errorf("the call %+v of %s is not between two nodes", call, text)
			}
		}
		for _, node := range topology.Nodes {
			if _, err := contract.ParseTarget(node.URL); err != nil {
				t.Errorf("the node %+v of %s is no target: %v", node, text, err)
			}
		}
	})
}
