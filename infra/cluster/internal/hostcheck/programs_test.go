package hostcheck

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFirstPrintedVersionCounts(t *testing.T) {
	for output, want := range map[string]string{
		"runc version 1.1.15+ds1\ncommit: 1.1.15+ds1-2+b4\nspec: 1.2.0\n": "1.1.15",
		"iptables v1.8.9 (nf_tables)":                                     "1.8.9",
		"nftables v1.1.3 (Commodore Bullmoose #4)":                        "1.1.3",
		"ipset v7.17, protocol version: 7":                                "7.17",
		"mount from util-linux 2.38.1 (libmount 2.38.1)":                  "2.38.1",
	} {
		if got, err := parseVersion(output); err != nil || got.String() != want {
			t.Errorf("%q: version %v, %v, want %s", output, got, err, want)
		}
	}
	if got, err := parseVersion("CNI bridge plugin version unknown"); err == nil {
		t.Errorf("output without a version gives %s", got)
	}
}

func TestTooOldProgramFails(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	nft := filepath.Join(folder, "nft")
	n := packages.Needs[slices.IndexFunc(packages.Needs, func(n need) bool { return n.Command == "nft" })]
	for version, want := range map[string]Finding{
		"1.0.0": {"nft", Failed, nft + " is version 1.0.0, and the cluster needs 1.0.1 or later", "use a later release of your distribution"},
		"1.0.1": {"nft", OK, nft + ", version 1.0.1", ""},
	} {
		if err := os.WriteFile(nft, []byte("#!/bin/sh\necho 'nftables v"+version+" (Topsy)'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := n.check(true, debian); got != want {
			t.Errorf("nft %s: %+v, want %+v", version, got, want)
		}
	}
}
