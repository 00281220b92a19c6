package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract/outline"
	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestTheArgumentsOfMakeLab(t *testing.T) {
	t.Setenv("PULUMI_STACK", "dev")
	for arguments, want := range map[string]struct {
		asked LabRequest
		err   []string
	}{
		"":                  {asked: LabRequest{List: true}},
		"ON=wrong-port":     {asked: LabRequest{Name: "wrong-port"}},
		"OFF=1":             {},
		"ON=wrong-prt":      {err: []string{`"wrong-prt"`, "make lab ON=wrong-port"}},
		"ON=SlowPeer":       {err: []string{`"SlowPeer"`, "make lab ON=slow-peer"}},
		"ON=":               {err: []string{"ON is empty", "make lab OFF=1"}},
		"ON=deny-dns OFF=1": {err: []string{"ON and OFF", "make lab OFF=1"}},
		"OFF=wrong-port":    {err: []string{`"wrong-port"`, "make lab OFF=1"}},
		"OFF=":              {err: []string{`""`, "make lab OFF=1"}},
	} {
		asked, err := ParseLab(strings.Fields(arguments))
		if asked != want.asked || (err != nil) != (want.err != nil) {
			t.Errorf("make lab %s requests %+v (%v), want %+v", arguments, asked, err, want.asked)
		}
		for _, text := range want.err {
			if err != nil && (!strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("make lab %s: %v, want one line with %s", arguments, err, text)
			}
		}
	}
}

// fakeStack returns a stack whose pulumi keeps the configured and the deployed lab in files and runs the script up to
// deploy, and a function that returns what the stack has printed.
func fakeStack(t *testing.T, up string) (s *Stack, printed func() string) {
	t.Helper()
	root, bin := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("PULUMI_STACK", "dev")
	backend := filepath.Join(root, "backend")
	t.Setenv("PULUMI_BACKEND_URL", "file://"+backend)
	for path, content := range map[string]string{
		"backend/.pulumi/stacks/kubernetes-networking/dev.json": "{}", ".local/build/kept": "", ".local/log/kept": "", "deployed": "", "configured": "",
	} {
		fixture.Write(t, filepath.Join(root, path), content)
	}
	fixture.Program(t, filepath.Join(bin, "pulumi"), `#!/bin/sh
case "$1 $2" in
"stack output") printf '{"explorerUrl":"http://127.80.0.4","namespace":"shop","lab":"%s"}' "$(cat deployed)" ;;
"stack export") echo '{"version":3,"deployment":{"resources":[]}}' ;;
"config get") cat configured ;;
"config set") printf %s "$4" >configured ;;
"config rm") : >configured ;;
"up --yes") `+up+` ;;
esac
`)
	out, err := os.Create(filepath.Join(root, "printed"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	report, _ := fixture.Report(t)
	return New(checkout.Checkout{Root: root}, report, out), func() string { return fixture.Read(t, out.Name()) }
}

// deploys is an update that changes one object and writes its events to the file that is its last argument.
const deploys = `for events; do :; done
	cat >"$events" <<'END'
{"resOutputsEvent":{"metadata":{"op":"update","urn":"urn:pulumi:dev::p::a$kubernetes:core/v1:Service::products","type":"kubernetes:core/v1:Service","old":{"custom":true,"inputs":{"targetPort":"http"}},"new":{"custom":true,"inputs":{"targetPort":8081}}}}}
END
	cp configured deployed`

func TestMakeLabShowsWhatHasChangedAndWhereToLook(t *testing.T) {
	s, printed := fakeStack(t, deploys)
	if err := s.SwitchLab(t.Context(), "wrong-port"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"wrong-port is active", "Service products  targetPort: http → 8081", "http://127.80.0.4/labs/wrong-port", "orders → products: REFUSED or TIMEOUT",
		"kubectl -n shop get endpointslices -l kubernetes.io/service-name=products", "make lab OFF=1",
	} {
		if !strings.Contains(printed(), want) {
			t.Errorf("make lab prints no %q:\n%s", want, printed())
		}
	}
	if got := fixture.Read(t, filepath.Join(s.Root, "configured")); got != "wrong-port" {
		t.Errorf("the configuration has the lab %q", got)
	}
	if err := s.SwitchLab(t.Context(), "wrong-port"); err != nil || !strings.Contains(printed(), "wrong-port is active already") {
		t.Errorf("the same lab again: %v\n%s", err, printed())
	}
	if err := s.ListLabs(t.Context()); err != nil || !strings.Contains(printed(), "* wrong-port") {
		t.Errorf("the list does not mark the active lab: %v\n%s", err, printed())
	}
	if err := s.SwitchLab(t.Context(), ""); err != nil || fixture.Read(t, filepath.Join(s.Root, "configured")) != "" || !strings.Contains(printed(), "as declared") {
		t.Errorf("OFF=1: %v\n%s", err, printed())
	}
	if err := s.SwitchLab(t.Context(), ""); err != nil || !strings.Contains(printed(), "No lab is active.") {
		t.Errorf("OFF=1 again: %v\n%s", err, printed())
	}
}

func TestALabThatFailsBeforeItChangesAnythingIsNotConfigured(t *testing.T) {
	s, _ := fakeStack(t, `echo 'error: the cluster does not answer'; exit 255`)
	err := s.SwitchLab(t.Context(), "deny-dns")
	for _, want := range []string{"the cluster does not answer", "nothing was changed", filepath.Join(".local", "log", "pulumi-up.log")} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is %v, want one line with %q", err, want)
		}
	}
	if got := fixture.Read(t, filepath.Join(s.Root, "configured")); got != "" {
		t.Errorf("the configuration keeps the lab %q", got)
	}
}

func TestALabThatFailsHalfWayNamesWhatTakesItBack(t *testing.T) {
	s, _ := fakeStack(t, deploys+`; exit 1`)
	if err := s.SwitchLab(t.Context(), "deny-dns"); err == nil || !strings.Contains(err.Error(), "make lab OFF=1") {
		t.Errorf("the error is %v", err)
	}
	if got := fixture.Read(t, filepath.Join(s.Root, "configured")); got != "deny-dns" {
		t.Errorf("the configuration has the lab %q, want the one that is deployed in part", got)
	}
}

func TestEveryLabIsListedInALineThatFits(t *testing.T) {
	s, printed := fakeStack(t, "")
	if err := s.ListLabs(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range outline.Names() {
		if strings.Count(printed(), "  "+name+" ") != 1 {
			t.Errorf("%s is not listed once", name)
		}
	}
	fits(t, printed())
	if strings.Contains(printed(), "\033") {
		t.Error("the list has colours, and its output is a file")
	}
}

func TestTheStepsOfAnUpdate(t *testing.T) {
	for line, want := range map[string]string{
		" ~  kubernetes:core/v1:Service products updating (0s) [diff: ~spec]; Found": "Service products updating",
		"    pulumi:pulumi:Stack kubernetes-networking-dev  compiling the program":   "compiling the program",
		"@ updating....": "", "": "", "Resources:": "",
	} {
		if got := step(line); got != want {
			t.Errorf("%q is shown as %q, want %q", line, got, want)
		}
	}
}
