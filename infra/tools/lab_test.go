package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract/outline"
)

func TestTheArgumentsOfMakeLab(t *testing.T) {
	t.Setenv("PULUMI_STACK", "dev")
	for arguments, want := range map[string]struct {
		asked labRequest
		err   []string
	}{
		"":                  {asked: labRequest{list: true}},
		"ON=wrong-port":     {asked: labRequest{name: "wrong-port"}},
		"OFF=1":             {},
		"ON=wrong-prt":      {err: []string{`"wrong-prt"`, "make lab ON=wrong-port"}},
		"ON=SlowPeer":       {err: []string{`"SlowPeer"`, "make lab ON=slow-peer"}},
		"ON=":               {err: []string{"ON is empty", "make lab OFF=1"}},
		"ON=deny-dns OFF=1": {err: []string{"ON and OFF", "make lab OFF=1"}},
		"OFF=wrong-port":    {err: []string{`"wrong-port"`, "make lab OFF=1"}},
		"OFF=":              {err: []string{`""`, "make lab OFF=1"}},
	} {
		asked, err := parseLab(strings.Fields(arguments))
		if asked != want.asked || (err != nil) != (want.err != nil) {
			t.Errorf("make lab %s asks for %+v (%v), want %+v", arguments, asked, err, want.asked)
		}
		for _, text := range want.err {
			if err != nil && (!strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("make lab %s: %v, want one line with %s", arguments, err, text)
			}
		}
	}
}

// stand is a builder with a pulumi that keeps the lab of its configuration and of its deployment in files, and a function that
// returns what the builder has printed.
func stand(t *testing.T, up string) (*builder, func() string) {
	t.Helper()
	root, bin := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("PULUMI_STACK", "dev")
	backend := filepath.Join(root, "backend")
	t.Setenv("PULUMI_BACKEND_URL", "file://"+backend)
	write(t, filepath.Join(backend, ".pulumi/stacks/kubernetes-networking/dev.json"), "{}")
	write(t, filepath.Join(root, ".local/build/kept"), "")
	write(t, filepath.Join(root, ".local/log/kept"), "")
	write(t, filepath.Join(root, "deployed"), "")
	write(t, filepath.Join(root, "configured"), "")
	write(t, filepath.Join(bin, "pulumi"), `#!/bin/sh
case "$1 $2" in
"stack output") printf '{"explorerUrl":"http://127.80.0.4","namespace":"shop","lab":"%s"}' "$(cat deployed)" ;;
"stack export") echo '{"version":3,"deployment":{"resources":[]}}' ;;
"config get") cat configured ;;
"config set") printf %s "$4" >configured ;;
"config rm") : >configured ;;
"up --yes") `+up+` ;;
esac
`)
	if err := os.Chmod(filepath.Join(bin, "pulumi"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(root, "printed"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	b := &builder{root: root, report: quietReport(t), out: out}
	return b, func() string { return read(t, filepath.Join(root, "printed")) }
}

// deploys is an update that changes one object, and writes the events of that to the last of its arguments.
const deploys = `for events; do :; done
	cat >"$events" <<'END'
{"resOutputsEvent":{"metadata":{"op":"update","urn":"urn:pulumi:dev::p::a$kubernetes:core/v1:Service::products","type":"kubernetes:core/v1:Service","old":{"custom":true,"inputs":{"targetPort":"http"}},"new":{"custom":true,"inputs":{"targetPort":8081}}}}}
END
	cp configured deployed`

func TestMakeLabShowsWhatHasChangedAndWhereToLook(t *testing.T) {
	b, printed := stand(t, deploys)
	if err := b.switchLab(t.Context(), "wrong-port"); err != nil {
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
	if got := read(t, filepath.Join(b.root, "configured")); got != "wrong-port" {
		t.Errorf("the configuration has the lab %q", got)
	}
	if err := b.switchLab(t.Context(), "wrong-port"); err != nil || !strings.Contains(printed(), "wrong-port is active already") {
		t.Errorf("the same lab again: %v\n%s", err, printed())
	}
	if err := b.listLabs(t.Context()); err != nil || !strings.Contains(printed(), "* wrong-port") {
		t.Errorf("the list does not mark the active lab: %v\n%s", err, printed())
	}
	if err := b.switchLab(t.Context(), ""); err != nil || read(t, filepath.Join(b.root, "configured")) != "" || !strings.Contains(printed(), "as declared") {
		t.Errorf("OFF=1: %v\n%s", err, printed())
	}
	if err := b.switchLab(t.Context(), ""); err != nil || !strings.Contains(printed(), "No lab is active.") {
		t.Errorf("OFF=1 again: %v\n%s", err, printed())
	}
}

func TestALabThatFailsBeforeItChangesAnythingIsNotConfigured(t *testing.T) {
	b, _ := stand(t, `echo 'error: the cluster does not answer'; exit 255`)
	err := b.switchLab(t.Context(), "deny-dns")
	for _, want := range []string{"the cluster does not answer", "nothing was changed", filepath.Join(".local", "log", "pulumi-up.log")} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is %v, want one line with %q", err, want)
		}
	}
	if got := read(t, filepath.Join(b.root, "configured")); got != "" {
		t.Errorf("the configuration keeps the lab %q", got)
	}
}

func TestALabThatFailsHalfWayNamesWhatTakesItBack(t *testing.T) {
	b, _ := stand(t, deploys+`; exit 1`)
	if err := b.switchLab(t.Context(), "deny-dns"); err == nil || !strings.Contains(err.Error(), "make lab OFF=1") {
		t.Errorf("the error is %v", err)
	}
	if got := read(t, filepath.Join(b.root, "configured")); got != "deny-dns" {
		t.Errorf("the configuration has the lab %q, want the one that is deployed in part", got)
	}
}

func TestEveryLabIsListedInALineThatFits(t *testing.T) {
	b, printed := stand(t, "")
	if err := b.listLabs(t.Context()); err != nil {
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
