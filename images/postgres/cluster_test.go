package postgres

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"example.com/kubernetes-networking/images/debian"
)

// TestClusterIsReproducible initialises a cluster with the image's files, and compares it with the image's cluster.
func TestClusterIsReproducible(t *testing.T) {
	layer := mutate.Extract(testImage(t))
	defer layer.Close()
	root := debian.Files{}
	for reader := tar.NewReader(layer); ; {
		header, err := reader.Next()
		if err != nil {
			break // the end of the archive, or an error that the comparison finds
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(reader); err != nil {
			t.Fatal(err)
		}
		root[strings.TrimSuffix(header.Name, "/")] = debian.File{Header: *header, Content: content.Bytes()}
	}
	again := maps.Clone(root)
	maps.DeleteFunc(again, func(name string, _ debian.File) bool { return strings.HasPrefix(name, clusterFolder) })
	if err := initialise(t.Context(), t.TempDir(), again); err != nil {
		t.Fatal(err)
	}
	for name, want := range root {
		got, found := again[name]
		if !found || !bytes.Equal(got.Content, want.Content) || got.Header.Linkname != want.Header.Linkname {
			t.Errorf("%s differs (created again: %v)", name, found)
		}
	}
	if len(again) != len(root) {
		t.Errorf("%d files, want %d", len(again), len(root))
	}
}

func TestEqualFilesOfAClusterAreStoredOnce(t *testing.T) {
	root := debian.Files{}
	err := addCluster(root, fstest.MapFS{
		"PG_VERSION": {Data: []byte("15")}, "base/1/1247": {Data: []byte("types")}, "base/4/1247": {Data: []byte("types")},
		"base/4/1249": {}, "base/4/1250": {}, "pg_wal/000000010000000000000001": {}, "pg_stat/pgstat.stat": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]tar.Header{
		"base/1/1247": {Typeflag: tar.TypeReg},
		"base/4/1247": {Typeflag: tar.TypeLink, Linkname: path.Join(clusterFolder, "base/1/1247")},
		"base/4/1249": {Typeflag: tar.TypeReg},
		"base/4/1250": {Typeflag: tar.TypeReg},
		"pg_wal":      {Typeflag: tar.TypeDir},
	} {
		got := root[path.Join(clusterFolder, name)].Header
		if got.Typeflag != want.Typeflag || got.Linkname != want.Linkname {
			t.Errorf("%s is %c → %q, want %c → %q", name, got.Typeflag, got.Linkname, want.Typeflag, want.Linkname)
		}
	}
	for _, name := range []string{"pg_wal/000000010000000000000001", "pg_stat/pgstat.stat"} {
		if _, found := root[path.Join(clusterFolder, name)]; found {
			t.Errorf("%s is in the image", name)
		}
	}
}

func TestControlFileIsAnonymousOrRefused(t *testing.T) {
	control := func(version uint32) []byte {
		content := bytes.Repeat([]byte{0xAB}, 8192)
		binary.LittleEndian.PutUint32(content[8:], version)
		binary.LittleEndian.PutUint32(content[288:], crc32.Checksum(content[:288], crc32.MakeTable(crc32.Castagnoli)))
		return content
	}
	damaged := control(1300)
	damaged[100]++
	for _, c := range []struct {
		name    string
		control []byte
		want    string
	}{
		{"another version", control(1700), "version 1700; docker-entrypoint.sh expects 1300"},
		{"damaged", damaged, "CRC-32C of its first 288 bytes"},
		{"too short", control(1300)[:295], "has 295 bytes, want at least 296"},
	} {
		if _, err := anonymous(c.control); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}

	got, err := anonymous(control(1300))
	if err != nil {
		t.Fatal(err)
	}
	want := control(1300)[:288]
	for _, empty := range [][2]int{{0, 8}, {24, 32}, {104, 112}, {256, 288}} {
		clear(want[empty[0]:empty[1]])
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
