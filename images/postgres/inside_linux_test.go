package postgres

import (
	"archive/tar"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/images/debian"
)

func TestUnpackedFilesHaveTheirModesWithAnyUmask(t *testing.T) {
	folder := t.TempDir()
	previous := syscall.Umask(0o077)
	err := unpack(t.Context(), debian.Files{
		"etc":        {Header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}},
		"etc/passwd": {Header: tar.Header{Typeflag: tar.TypeReg, Mode: 0o644}, Content: []byte("root\n")},
	}, folder)
	syscall.Umask(previous)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		".": 0o755, "dev": 0o755, "dev/shm": 0o777, "dev/null": 0o666, "etc": 0o755, "etc/passwd": 0o644,
	} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
}
