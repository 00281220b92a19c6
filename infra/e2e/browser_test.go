//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
)

// browse runs the tests in browser/ that belong to one project of its playwright.config.js. They are this checkout's, as
// this test is. Reports and screenshots go to the copy, into .local/browser.
func (s *story) browse(t *testing.T, project, lab string) string {
	t.Helper()
	tests, err := filepath.Abs("browser")
	if err != nil {
		t.Fatal(err)
	}
	return s.run("export EXPLORER_URL=" + s.outputs.ExplorerURL + " OUTPUT=" + s.path(".local", "browser") + " LAB=" + lab + "; " +
		`CHROMIUM="$(command -v chromium)"; export CHROMIUM; cd ` + tests + "; node_modules/.bin/playwright test --project=" + project)
}

// browser looks at the healthy demo as people do.
func (s *story) browser(t *testing.T) {
	t.Log(s.browse(t, "healthy", ""))
}
