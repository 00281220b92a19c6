package service_test

import (
	"regexp"
	"testing"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// needsScript matches words about things that need the script.
var needsScript = regexp.MustCompile(`(?i)\b(copy|copied|point at|hover|updates|updated|appears?)\b`)

func TestNoPagePromisesWhatNeedsTheScript(t *testing.T) {
	explorer := explore(t, demo(3), &answers{})
	paths := []string{"/", "/nodes/orders", "/calls/orders/products", "/matrix", "/requests", "/labs"}
	for _, lab := range contract.Labs() {
		paths = append(paths, "/labs/"+string(lab))
	}
	for _, path := range paths {
		page := parse(t, explorer.Do(t, "GET", path, "").Text)
		texts := all(page, func(node *html.Node) bool { return node.FirstChild != nil && node.FirstChild.Type == html.TextNode })
		for _, node := range texts {
			if found := needsScript.FindString(node.FirstChild.Data); found != "" {
				t.Errorf("%s promises %q in %q", path, found, node.FirstChild.Data)
			}
		}
	}
}

func TestAnArrowHasItsCommandBesideItsSentence(t *testing.T) {
	seen := demo(3)
	call := seen.call("orders", "products")
	call.State, call.Code, call.Detail, call.Command = calls.Failing, "POLICY", "A policy denies it.", "kubectl describe networkpolicy orders"
	page := parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text)
	wantAttributes(t, byID(t, page, "call-orders-products"), map[string]string{
		"aria-label":   "orders calls products: failing, POLICY. A policy denies it.",
		"data-command": "kubectl describe networkpolicy orders",
	})
}
