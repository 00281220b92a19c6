// Package toolbox builds an image for network debugging from Debian's packages.
//
// It contains the programs of Kubernetes' tutorials ("Debugging DNS Resolution", "Debug Services", "Using Source IP",
// "Declare Network Policy") from Debian, and BusyBox for everything else.
package toolbox

import (
	"archive/tar"
	"bytes"
	"context"
	"embed"
	"maps"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"example.com/kubernetes-networking/images/debian"
)

// Recipe is the recipe of the toolbox image.
var Recipe = debian.Recipe{Name: "toolbox", Title: "the toolbox image", Sources: sources, Build: build}

//go:embed toolbox.go
var sources embed.FS

var packages = []string{
	"bash", "bind9-dnsutils", "busybox", "ca-certificates", "conntrack", "curl", "iproute2", "iputils-ping", "netbase",
	"netcat-openbsd", "nftables", "postgresql-client-15", "tcpdump", "wget",
}

// programs lists the programs to keep. Each gets a link in bin, which every PATH contains.
var programs = strings.Fields(`bin/bash bin/busybox bin/ip bin/nc.openbsd bin/ping bin/ss sbin/bridge sbin/tc
	usr/bin/curl usr/bin/delv usr/bin/dig usr/bin/host usr/bin/nslookup usr/bin/tcpdump usr/bin/wget
	usr/lib/postgresql/15/bin/pg_isready usr/lib/postgresql/15/bin/psql usr/sbin/conntrack usr/sbin/nft`)

// applets lists the BusyBox commands in the image: a shell, commands for files and processes, and programs that Debian
// has in packages of their own.
var applets = strings.Fields(`sh arp arping awk base64 basename cat chmod chown clear cmp cp cut date dd df diff dirname dmesg du
	env expr false find free grep gunzip gzip head hexdump hostname httpd id ifconfig kill killall less ln ls md5sum mkdir mktemp
	more mount mv netstat od pidof printf ps pwd readlink realpath reset rm rmdir route sed seq sha256sum sleep sort
	stat stty sysctl tail tar tee telnet test time timeout top touch tr traceroute traceroute6 true tty umount uname uniq uptime vi
	watch wc which whoami xargs yes zcat`)

const certificates = "usr/share/ca-certificates/mozilla/"

func keep(name string) bool {
	return slices.Contains(programs, name) ||
		strings.HasPrefix(name, "etc/iproute2/") || name == "etc/services" || name == "etc/protocols" ||
		strings.HasPrefix(name, "usr/lib/locale/C.utf8/") || strings.HasPrefix(name, certificates) ||
		// Keep the licences of all packages.
		strings.HasPrefix(name, "usr/share/doc/") && strings.HasSuffix(name, "/copyright")
}

func build(ctx context.Context, _ string) (v1.Image, error) {
	root, err := debian.Extract(ctx, packages, keep)
	if err != nil {
		return nil, err
	}
	addOwnFiles(root)
	// The user is root, because ping, tcpdump and nft require it. A Pod's runAsUser overrides it.
	return debian.Image(root, v1.Config{
		Cmd: []string{"sh"}, Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"},
	})
}

// addOwnFiles adds the accounts, the folders, the certificate bundle and the links.
func addOwnFiles(root debian.Files) {
	text := func(name string, content []byte) {
		root[name] = debian.File{Header: tar.Header{Typeflag: tar.TypeReg, Mode: 0o644}, Content: content}
	}
	// Debian's tcpdump changes to this user after it has opened the interface.
	text("etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\ntcpdump:x:100:100::/:/bin/false\n"))
	text("etc/group", []byte("root:x:0:\ntcpdump:x:100:\n"))
	text("etc/nsswitch.conf", []byte("passwd: files\ngroup: files\nhosts: files dns\n"))
	root["root"] = debian.File{Header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o700}}
	root["tmp"] = debian.File{Header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o1777}}

	var bundle bytes.Buffer // normally written by the package's maintainer script
	for _, name := range slices.Sorted(maps.Keys(root)) {
		if strings.HasPrefix(name, certificates) {
			bundle.Write(root[name].Content)
			delete(root, name)
		}
	}
	text("etc/ssl/certs/ca-certificates.crt", bundle.Bytes())

	link := func(command, program string) {
		if name := "bin/" + command; name != program {
			root[name] = debian.File{Header: tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: "/" + program}}
		}
	}
	for _, program := range programs {
		link(strings.TrimSuffix(path.Base(program), ".openbsd"), program)
	}
	for _, applet := range applets {
		link(applet, "bin/busybox")
	}
}
