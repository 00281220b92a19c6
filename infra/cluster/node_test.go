package main

import (
	"strings"
	"testing"
)

func TestMistakesInNodeCommandsAreReported(t *testing.T) {
	for _, c := range []struct {
		line, want string
	}{
		{"node shell", "`cluster node shell demo`"},
		{"node shell demo-0", `"demo-0" is not the name of a node`},
		{"node shell demo", "no cluster is running"},
		{"node shell demo nft --handle list ruleset", "no cluster is running"}, // the flag is nft's
		{"node shell demo -- nft list ruleset", "no cluster is running"},
		{"node stop", "`cluster node stop demo`"},
		{"node start demo-2", "no cluster is running"},
	} {
		command := newCommand()
		command.SetArgs(append([]string{"--root", t.TempDir()}, strings.Fields(c.line)...))
		if err := command.Execute(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("cluster %s: %v, want %q", c.line, err, c.want)
		}
	}
}
