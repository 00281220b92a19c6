package postgres

import (
	"archive/tar"
	"io"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func TestKeepDropsFilesThatTheServerDoesNotNeed(t *testing.T) {
	for path, want := range map[string]bool{
		serverFolder + "/bin/postgres":                  true,
		serverFolder + "/lib/plpgsql.so":                true,
		shareFolder + "/postgres.bki":                   true,
		"usr/share/zoneinfo/Europe/Rome":                true,
		"usr/share/doc/postgresql-15/copyright":         true,
		serverFolder + "/lib/llvmjit.so":                false,
		serverFolder + "/lib/bitcode/postgres.index.bc": false,
		shareFolder + "/man/man1/psql.1.gz":             false,
		"usr/share/zoneinfo/right/Europe/Rome":          false,
		"usr/share/doc/postgresql-15/changelog.gz":      false,
		"usr/bin/perl": false,
		"usr/bin/apt":  false,
		"usr/share/locale/de/LC_MESSAGES/psql.mo": false,
	} {
		if got := keep(path); got != want {
			t.Errorf("keep(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestImageIsSmallAndRunsAsTheOfficialUser(t *testing.T) {
	image := testImage(t)
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "999:999" {
		t.Errorf("user is %q, want 999:999", config.Config.User)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if config, layer := manifest.Config.MediaType, manifest.Layers[0].MediaType; config != types.OCIConfigJSON || layer != types.OCILayer {
		t.Errorf("the media types of config and layer are %s and %s, want OCI's", config, layer)
	}
	archive := mutate.Extract(image)
	defer archive.Close()
	var size int64
	for reader := tar.NewReader(archive); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		size += header.Size
	}
	t.Logf("%d MB unpacked", size/1e6)
	if size > 150e6 {
		t.Errorf("%d MB unpacked, want at most 150", size/1e6)
	}
}
