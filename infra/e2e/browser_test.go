//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
)

// browse runs one project of browser/playwright.config.js, from this checkout and not from the copy. Reports and
// screenshots go to .local/browser of the copy.
func (s *scenario) browse(t *testing.T, project, lab string) string {
	t.Helper()
	tests, err := filepath.Abs("browser")
	if err != nil {
		t.Fatal(err)
	}
	return s.run("export EXPLORER_URL=" + s.outputs.ExplorerURL + " OUTPUT=" + s.path(".local", "browser") + " LAB=" + lab + "; " +
		`CHROMIUM="$(command -v chromium)"; export CHROMIUM; cd ` + tests + "; node_modules/.bin/playwright test --project=" + project)
}

// browser tests the pages of the healthy demo.
func (s *scenario) browser(t *testing.T) {
	t.Log(s.browse(t, "healthy", ""))
}
