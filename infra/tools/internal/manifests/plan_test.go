package manifests

import (
	"strings"
	"testing"
)

func TestOnlyWhatIsThereAfterThePlanCounts(t *testing.T) {
	step := func(op, urn, name string) string {
		return `{"op":"` + op + `","newState":{"urn":"` + urn + `","type":"kubernetes:core/v1:Pod","inputs":{"kind":"Pod","metadata":{"name":"` + name + `"}}}}`
	}
	p, err := parse([]byte(`{"steps":[` + strings.Join([]string{
		step("same", "a", "kept"), step("update", "b", "changed"),
		step("create-replacement", "c", "first"), step("replace", "c", "second"), `{"op":"delete-replaced","urn":"c","oldState":{"urn":"c"}}`,
		`{"op":"delete","urn":"d","oldState":{"urn":"d"}}`,
	}, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, object := range p.objects() {
		names = append(names, nameOf(object))
	}
	if got := strings.Join(names, " "); got != "kept changed second" {
		t.Errorf("the objects are %s, want kept changed second", got)
	}
}

func TestFailureIsToldInPulumisWords(t *testing.T) {
	for _, c := range []struct{ preview, want string }{
		{
			`{"diagnostics":[{"message":"a warning","severity":"warning"},{"message":"error: replicas: 99 is too many\n","severity":"error"}]}`,
			"error: replicas: 99 is too many",
		},
		{`{"diagnostics":[{"message":"a warning","severity":"warning"}]}`, ""},
		{"", ""}, // it failed before the program ran
	} {
		got := ""
		if err := Failure([]byte(c.preview)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("the failure of %q is %q, want %q", c.preview, got, c.want)
		}
	}
}

func TestPreviewWithoutObjectsIsAnError(t *testing.T) {
	for preview, want := range map[string]string{
		`{"steps":[{"op":"create","newState":{"urn":"a","type":"pulumi:pulumi:Stack"}}]}`: "holds no Kubernetes object",
		`not JSON`: "read the preview of the stack",
	} {
		if _, err := Render([]byte(preview)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("rendering %s gives %v, want %q", preview, err, want)
		}
	}
}
