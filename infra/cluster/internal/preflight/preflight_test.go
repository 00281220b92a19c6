package preflight_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
)

func TestTakenPortIsNamedWithAWayToFindWhoHasIt(t *testing.T) {
	listener, err := net.Listen("tcp", layout.RegistryAddress)
	if err == nil { // else it is taken already, by a running cluster
		defer listener.Close()
	}
	err = preflight.CheckPorts()
	if err == nil {
		t.Fatalf("no error while %s is taken", layout.RegistryAddress)
	}
	want := "127.0.0.1:15000 is in use by another program: find it with `ss -ltnp 'sport = :15000'`, stop it and try again"
	if !strings.Contains(err.Error(), want) {
		t.Errorf("error is %q, want %q", err, want)
	}
}

func TestMissingBinariesSendToMakeTools(t *testing.T) {
	err := preflight.Check(layout.Root(t.TempDir()))
	if err == nil || !strings.Contains(err.Error(), "make tools") && !strings.Contains(err.Error(), "needs root") {
		t.Errorf("error is %v, want one that names `make tools`", err)
	}
}

func TestMissingCommandsAreNamedWithTheirPackage(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("who is not root is told only that")
	}
	t.Setenv("PATH", t.TempDir())
	err := preflight.Check(layout.Root(t.TempDir()))
	for _, want := range []string{"ipset (package ipset)", "nft (package nftables)", "install them, or run `make tools`"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
}
