package postgres

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func TestArchiveIsTheSameForTheSameFiles(t *testing.T) {
	root := func() files {
		return files{
			"usr/bin/b": {header: tar.Header{Typeflag: tar.TypeReg, Mode: 0o755}, content: []byte("b")},
			"usr/bin/a": {header: tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "b"}},
		}
	}
	first, err := archive(root())
	if err != nil {
		t.Fatal(err)
	}
	second, err := archive(root())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two archives of the same files differ")
	}
	var names []string
	for reader := tar.NewReader(bytes.NewReader(first)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
	}
	want := []string{"usr", "usr/bin", "usr/bin/a", "usr/bin/b"}
	if len(names) != len(want) {
		t.Fatalf("archive holds %q, want %q", names, want)
	}
	for i := range want {
		if names[i] != want[i] {
			t.Errorf("entry %d is %q, want %q", i, names[i], want[i])
		}
	}
}

func TestKeepLeavesOutWhatTheServerDoesNotNeed(t *testing.T) {
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

func TestTrimFollowsLinksAndDropsWhatNothingNeeds(t *testing.T) {
	link := func(to string) file { return file{header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: to}} }
	kept, err := trim(files{
		"usr/lib/x86_64-linux-gnu/libunused.so.1":   {},
		"lib64/ld-linux-x86-64.so.2":                link("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
		"lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": {},
		serverFolder + "/bin/postmaster":            link("postgres"),
		serverFolder + "/bin/postgres":              {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, found := kept["usr/lib/x86_64-linux-gnu/libunused.so.1"]; found || len(kept) != 4 {
		t.Errorf("kept %d files (unused library: %v), want the 4 others", len(kept), found)
	}
}

func TestTrimReportsALibraryThatNoPackageHas(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the programs of this machine are not in ELF")
	}
	const program = "/bin/true" // a real one that asks for the C library
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	needed, err := needs(content)
	if err != nil {
		t.Fatal(err)
	}
	if len(needed) == 0 {
		t.Skipf("%s of this machine is linked statically", program)
	}
	const name = serverFolder + "/bin/postgres"
	_, err = trim(files{name: {header: tar.Header{Typeflag: tar.TypeReg}, content: content}})
	if want := name + " needs " + needed[0] + ", which none of the packages has"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	root := files{name: {header: tar.Header{Typeflag: tar.TypeReg}, content: content}}
	for _, library := range needed {
		root["usr/lib/x86_64-linux-gnu/"+library] = file{}
	}
	kept, err := trim(root)
	if err != nil || len(kept) != 1+len(needed) {
		t.Errorf("kept %d files (%v), want the program and its %d libraries", len(kept), err, len(needed))
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
		t.Errorf("config is a %s and the layer a %s", config, layer)
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
	t.Logf("unpacked it takes %d MB", size/1e6)
	if size > 150e6 {
		t.Errorf("unpacked it takes %d MB, want at most 150", size/1e6)
	}
}
