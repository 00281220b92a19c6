package changes_test

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/changes"
)

// resource is an event of the engine.
func resource(op, kind, name, before, after string) string {
	return `{"resOutputsEvent":{"metadata":{"op":"` + op + `","urn":"urn:pulumi:dev::p::a$` + kind + `::` + name + `","type":"` + kind +
		`","old":` + before + `,"new":` + after + "}}}\n"
}

func inputs(json string) string { return `{"custom":true,"inputs":` + json + `}` }

func TestEachChangeIsShownWithWhatItWasBefore(t *testing.T) {
	const service, deployment, policy = "kubernetes:core/v1:Service", "kubernetes:apps/v1:Deployment", "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	for name, test := range map[string]struct{ event, want string }{
		"a number instead of a name": {
			resource("update", service, "products", inputs(`{"spec":{"ports":[{"name":"http","targetPort":"http"}]}}`), inputs(`{"spec":{"ports":[{"name":"http","targetPort":8081}]}}`)),
			"  ~ Service products  spec.ports[http].targetPort: http → 8081\n",
		},
		"a variable": {
			resource("update", deployment, "products", inputs(`{"env":[{"name":"A","value":"1"},{"name":"DELAY","value":""}]}`), inputs(`{"env":[{"name":"A","value":"1"},{"name":"DELAY","value":"5s"}]}`)),
			"  ~ Deployment products  env[DELAY]: \"\" → 5s\n",
		},
		"a rule that is removed": {
			resource("update", policy, "orders", inputs(`{"egress":[{"to":"a"},{"to":"b"}]}`), inputs(`{"egress":[{"to":"a"}]}`)),
			"  ~ NetworkPolicy orders  egress[1]: {to: b} → none\n",
		},
		"several fields, Pulumi's own annotation not among them": {
			resource("update", deployment, "products", inputs(`{"metadata":{"annotations":{"pulumi.com/waitFor":"x"}},"spec":{"replicas":1,"type":"a"}}`),
				inputs(`{"metadata":{"annotations":{"pulumi.com/skipAwait":"true"}},"spec":{"replicas":0,"type":"b"}}`)),
			"  ~ Deployment products\n      spec.replicas: 1 → 0\n      spec.type: a → b\n",
		},
		"a key with dots":                {resource("update", service, "s", inputs(`{"selector":{"k8s.io/name":"a"}}`), inputs(`{"selector":{"k8s.io/name":"b"}}`)), "  ~ Service s  selector[k8s.io/name]: a → b\n"},
		"an object is created":           {resource("create", service, "products", "null", inputs("{}")), "  + Service products  created\n"},
		"an object is deleted":           {resource("delete", service, "products", inputs("{}"), "null"), "  - Service products  deleted\n"},
		"an unchanged object is omitted": {resource("same", service, "products", inputs("{}"), inputs("{}")), ""},
		"a component is omitted":         {resource("update", "a:b:C", "c", `{"inputs":{}}`, `{"inputs":{}}`), ""},
		"a long path loses its beginning": {
			resource("update", deployment, "products", inputs(`{"spec":{"template":{"spec":{"containers":[{"name":"products","env":[{"name":"RESPONSE_DELAY"}]}]}}}}`),
				inputs(`{"spec":{"template":{"spec":{"containers":[{"name":"products","env":[{"name":"RESPONSE_DELAY","value":"5s"}]}]}}}}`)),
			"  ~ Deployment products\n      spec.template.spec.containers[products].env[RESPONSE_DELAY]: none → 5s\n",
		},
		"a long path and a long value": {
			resource("update", deployment, "p", inputs(`{"spec":{"template":{"spec":{"containers":[{"name":"products","readinessProbe":{"path":"/readyz"}}]}}}}`),
				inputs(`{"spec":{"template":{"spec":{"containers":[{"name":"products","readinessProbe":{"path":"/ready/a/long/path"}}]}}}}`)),
			"  ~ Deployment p\n      ….readinessProbe.path: /readyz → /ready/a/long/path\n",
		},
		"a long value is cut": {
			resource("update", service, "s", inputs(`{"a":"`+strings.Repeat("x", 200)+`"}`), inputs(`{"a":"y"}`)),
			"  ~ Service s\n      a: " + strings.Repeat("x", 68) + "…\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			update, err := changes.Read(strings.NewReader(test.event + `{"resOutputs`))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, change := range update.Changes {
				got += change.Text()
			}
			if got != test.want {
				t.Errorf("the change is\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestSecretsAreMasked(t *testing.T) {
	secret := func(field, value string) string {
		return `{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","` + field + `":"` + value + `"}`
	}
	for name, test := range map[string]struct{ before, after, want string }{
		"as the engine writes them":     {secret("ciphertext", "[secret]"), `"plain-now"`, "password: [secret] → [secret]"},
		"with another encrypted value":  {secret("ciphertext", "hunter2"), secret("ciphertext", "hunter3"), "password: [secret] → [secret]"},
		"with --show-secrets":           {secret("plaintext", "hunter2"), secret("plaintext", "hunter3"), "password: [secret] → [secret]"},
		"a value that becomes a secret": {`"hunter2"`, secret("ciphertext", "[secret]"), "password: [secret] → [secret]"},
		"one that is added":             {"null", secret("plaintext", "hunter2"), "password: none → [secret]"},
		"inside a value that is added":  {"null", `{"a":[` + secret("plaintext", "hunter2") + `]}`, "password: none → {a: [[secret]]}"},
	} {
		event := resource("update", "kubernetes:core/v1:Secret", "s", inputs(`{"password":`+test.before+`}`), inputs(`{"password":`+test.after+`}`))
		update, err := changes.Read(strings.NewReader(event))
		if err != nil || len(update.Changes) != 1 {
			t.Fatalf("%s: %v, %v, want one change", name, update, err)
		}
		got := update.Changes[0].Text()
		if !strings.Contains(got, test.want) || strings.Contains(got, "hunter") || strings.Contains(got, "plain-now") {
			t.Errorf("%s: the change is %q, want %q", name, got, test.want)
		}
	}
}

func TestErrorsAreOneLineEach(t *testing.T) {
	update, err := changes.Read(strings.NewReader(`{"diagnosticEvent":{"severity":"info","message":"fine"}}
{"diagnosticEvent":{"severity":"error","message":"the cluster\n  does not answer\n"}}
`))
	if err != nil || len(update.Errors) != 1 || update.Errors[0] != "the cluster does not answer" {
		t.Errorf("the errors are %q (%v), want one", update.Errors, err)
	}
}
