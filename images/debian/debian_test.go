package debian

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

func programs(path string) bool { return strings.HasPrefix(path, "usr/bin/") }

func TestArchiveIsTheSameForTheSameFiles(t *testing.T) {
	root := func() Files {
		return Files{
			"usr/bin/b": {Header: tar.Header{Typeflag: tar.TypeReg, Mode: 0o755}, Content: []byte("b")},
			"usr/bin/a": {Header: tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "b"}},
		}
	}
	first, err := root().Archive()
	if err != nil {
		t.Fatal(err)
	}
	second, err := root().Archive()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two archives of the same files differ")
	}
	if len(first)%512 != 0 || !bytes.HasSuffix(first, make([]byte, 1024)) {
		t.Errorf("the archive of %d bytes does not end with two empty blocks", len(first))
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

func TestTrimFollowsLinksAndDropsUnusedLibraries(t *testing.T) {
	link := func(to string) File { return File{Header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: to}} }
	kept, err := trim(Files{
		"usr/lib/x86_64-linux-gnu/libunused.so.1":   {},
		"lib64/ld-linux-x86-64.so.2":                link("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
		"lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": {},
		"usr/bin/vi":  link("vim"),
		"usr/bin/vim": {},
	}, programs)
	if err != nil {
		t.Fatal(err)
	}
	if _, found := kept["usr/lib/x86_64-linux-gnu/libunused.so.1"]; found || len(kept) != 4 {
		t.Errorf("kept %d files (unused library: %v), want the 4 others", len(kept), found)
	}
}

func TestTrimReportsAMissingLibrary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the programs of this machine are not ELF files")
	}
	const program = "/bin/true" // a real program that needs the C library
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
	const name = "usr/bin/true"
	_, err = trim(Files{name: {Header: tar.Header{Typeflag: tar.TypeReg}, Content: content}}, programs)
	if want := name + " needs " + needed[0] + ", which no package contains"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	root := Files{name: {Header: tar.Header{Typeflag: tar.TypeReg}, Content: content}}
	for _, library := range needed {
		root["usr/lib/x86_64-linux-gnu/"+library] = File{}
	}
	kept, err := trim(root, programs)
	if err != nil || len(kept) != 1+len(needed) {
		t.Errorf("kept %d files (%v), want the program and its %d libraries", len(kept), err, len(needed))
	}
}
