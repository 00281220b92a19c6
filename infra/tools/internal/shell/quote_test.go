package shell

import (
	"os/exec"
	"testing"
)

func TestValuesReachTheShellAsTheyAre(t *testing.T) {
	for _, value := range []string{"plain", "a b", "it's", `back\slash`, `"$HOME" $(id)`, "a\nb"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quoted(value)).Output()
		if err != nil || string(out) != value {
			t.Errorf("sh has %q, %v, want %q", out, err, value)
		}
		fish, err := exec.LookPath("fish")
		if err != nil {
			continue
		}
		if out, err := exec.CommandContext(t.Context(), fish, "--no-config", "-c", "printf %s "+fishQuoted(value)).Output(); err != nil || string(out) != value {
			t.Errorf("fish has %q, %v, want %q", out, err, value)
		}
	}
}
