// Package e2e holds the end-to-end test: `make e2e` runs the whole story in a copy of the checkout, on a fresh cluster.
package e2e
