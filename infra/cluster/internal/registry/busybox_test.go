package registry_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

func TestBusyboxHasALinkForEachCommand(t *testing.T) {
	dir := t.TempDir()
	address := serve(t, dir, nil)
	busybox := filepath.Join(t.TempDir(), "busybox")
	const script = "#!/bin/sh\necho busybox nslookup sh\n"
	if err := os.WriteFile(busybox, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := registry.AddBusybox(t.Context(), address, registry.BusyboxName, busybox); err != nil {
		t.Fatal(err)
	}
	config, files := pull(t, address+"/busybox:latest")
	if got := strings.Join(config.Config.Cmd, " "); got != "sh" {
		t.Errorf("its command is %q, want sh", got)
	}
	if got := files["bin/busybox"].text; got != script {
		t.Errorf("its busybox is %q, want the host's", got)
	}
	for _, command := range []string{"bin/nslookup", "bin/sh"} {
		if got := files[command].header; got == nil || got.Linkname != "busybox" {
			t.Errorf("%s is %+v, want a link to busybox", command, got)
		}
	}
}

func TestBusyboxThatNeedsLibrariesIsRefused(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	if path, err := registry.FindBusybox(); err == nil {
		t.Errorf("without BusyBox, FindBusybox returns %s", path)
	}
	if err := os.Symlink("/bin/sh", filepath.Join(folder, "busybox")); err != nil { // Debian's /bin/sh needs the C library
		t.Fatal(err)
	}
	if _, err := registry.FindBusybox(); err == nil || !strings.Contains(err.Error(), "not linked statically") {
		t.Errorf("for a dynamic executable the error is %v", err)
	}
}

func TestStaticBusyboxIsFound(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	self, err := os.Executable() // static, because it is built without cgo
	if err != nil {
		t.Fatal(err)
	}
	busybox := filepath.Join(folder, "busybox")
	if err := os.Symlink(self, busybox); err != nil {
		t.Fatal(err)
	}
	if path, err := registry.FindBusybox(); path != busybox || err != nil {
		t.Errorf("a static busybox: %q, %v, want %s", path, err, busybox)
	}
}
