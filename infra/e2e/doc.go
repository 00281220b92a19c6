// Package e2e holds the end-to-end test of the demo. `make e2e` runs it in a copy of the checkout, on a new cluster.
//
// Start reading at TestDemo, which lists the steps. The tests in browser are Playwright's.
package e2e
