package service_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parse parses a page.
func parse(t *testing.T, text string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// all returns the matching elements, including those in templates, which the script inserts into the page.
func all(root *html.Node, fits func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && fits(node) {
			found = append(found, node)
		}
	}
	return found
}

// attribute returns the value of an attribute, and reports whether the element has it.
func attribute(node *html.Node, name string) (string, bool) {
	at := slices.IndexFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
	if at < 0 {
		return "", false
	}
	return node.Attr[at].Val, true
}

// byID returns the element with this id, which must be unique.
func byID(t *testing.T, root *html.Node, id string) *html.Node {
	t.Helper()
	found := all(root, func(node *html.Node) bool { value, _ := attribute(node, "id"); return value == id })
	if len(found) != 1 {
		t.Fatalf("the page has %d elements with the id %s, want one", len(found), id)
	}
	return found[0]
}

// text returns the text of an element, with single spaces.
func text(root *html.Node) string {
	var read []string
	for node := range root.Descendants() {
		if node.Type == html.TextNode {
			read = append(read, strings.Fields(node.Data)...)
		}
	}
	return strings.Join(read, " ")
}

// wantAttributes checks attributes of an element.
func wantAttributes(t *testing.T, node *html.Node, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got, _ := attribute(node, name); got != value {
			t.Errorf("%s of the %s is %q, want %q", name, node.Data, got, value)
		}
	}
}

// wantLink checks the only link in an element.
func wantLink(t *testing.T, node *html.Node, want string) {
	t.Helper()
	links := all(node, func(node *html.Node) bool { return node.Data == "a" })
	if len(links) != 1 {
		t.Fatalf("the %s has %d links, want one", node.Data, len(links))
	}
	wantAttributes(t, links[0], map[string]string{"href": want})
}

// wantText checks that an element contains these words.
func wantText(t *testing.T, node *html.Node, words ...string) {
	t.Helper()
	for _, want := range words {
		if read := text(node); !strings.Contains(read, want) {
			t.Errorf("the %s does not contain %q:\n%s", node.Data, want, read)
		}
	}
}
