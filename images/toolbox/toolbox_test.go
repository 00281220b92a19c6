package toolbox

import (
	"archive/tar"
	"path"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/images/debian"
)

func TestEachProgramIsACommand(t *testing.T) {
	root := debian.Files{}
	for _, program := range programs {
		root[program] = debian.File{Header: tar.Header{Typeflag: tar.TypeReg, Mode: 0o755}}
	}
	addOwnFiles(root)
	for _, command := range strings.Fields("bash bridge conntrack curl dig host ip nc nft nslookup pg_isready ping psql sh ss tc tcpdump wget") {
		entry, found := root["bin/"+command]
		if !found {
			t.Errorf("%s is missing", command)
			continue
		}
		if target := entry.Header.Linkname; target != "" && !slices.Contains(programs, strings.TrimPrefix(target, "/")) {
			t.Errorf("%s leads to %s, which is not a program of the image", command, target)
		}
	}
}

func TestBusyboxReplacesNoProgram(t *testing.T) {
	for _, program := range programs {
		if slices.Contains(applets, strings.TrimSuffix(path.Base(program), ".openbsd")) {
			t.Errorf("%s would be replaced by BusyBox", program)
		}
	}
}

func TestCertificatesAreOneBundle(t *testing.T) {
	root := debian.Files{certificates + "b.crt": {Content: []byte("b\n")}, certificates + "a.crt": {Content: []byte("a\n")}}
	addOwnFiles(root)
	if got := string(root["etc/ssl/certs/ca-certificates.crt"].Content); got != "a\nb\n" {
		t.Errorf("the bundle is %q", got)
	}
	if _, left := root[certificates+"a.crt"]; left {
		t.Error("a certificate is in the image twice")
	}
}
