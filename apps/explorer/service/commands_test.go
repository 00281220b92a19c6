package service_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/labs"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// commands returns the commands of a page, as the button copies them.
func commands(page *html.Node) []string {
	var found []string
	for _, code := range all(page, func(node *html.Node) bool { class, _ := attribute(node, "class"); return class == "command" }) {
		found = append(found, code.FirstChild.Data)
	}
	return found
}

// allStories returns the stories of a demo whose Pods run on this machine.
func allStories(t *testing.T) (stories []story.Story) {
	t.Helper()
	cluster := demotest.NewCluster()
	agents := demotest.Pods{Measure: func(_, _ string) probe.Measurement {
		return probe.Measurement{Resolution: &probe.Resolution{Name: "products.demo.svc"}, Connection: &probe.Connection{}, Answer: &probe.Answer{}}
	}, Resolve: func(_, name string) probe.Resolution { return probe.Resolution{Name: name} }}.Serve(t, cluster)
	builder := story.New(demotest.Topology(), cluster, agents)
	local, err := builder.Localhost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stories = append(stories, local)
	for _, ends := range [][2]string{{"orders", "products"}, {"products", "products-database"}, {"explorer", "kubernetes.default.svc"}, {"clients", "products"}} {
		one, err := builder.Call(t.Context(), ends[0], ends[1])
		if err != nil {
			t.Fatal(err)
		}
		stories = append(stories, one)
	}
	return stories
}

// everyCommand returns the commands of all pages.
func everyCommand(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, one := range allStories(t) {
		found = append(found, commands(parse(t, explore(t, demo(3), &answers{story: one}).Do(t, "GET", "/localhost", "").Text))...)
	}
	explorer := explore(t, demo(3), &answers{})
	paths := []string{"/nodes/orders", "/matrix", "/labs"}
	for _, lab := range contract.Labs() {
		paths = append(paths, "/labs/"+string(lab))
	}
	for _, path := range paths {
		page := commands(parse(t, explorer.Do(t, "GET", path, "").Text))
		if len(page) == 0 {
			t.Errorf("%s has no command", path)
		}
		found = append(found, page...)
	}
	return found
}

var (
	quoted = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	// patterns matches unquoted pattern characters. Parentheses, redirections and $! are intended.
	patterns = regexp.MustCompile(`[][{}?*#~]`)
)

// In zsh, unquoted braces, brackets and question marks are patterns, which fail if no file matches, and # does not
// begin a comment.
func TestEveryCommandMeansTheSameInBashAndZsh(t *testing.T) {
	shells := []string{}
	for _, shell := range []string{"bash", "zsh"} {
		if _, err := exec.LookPath(shell); err == nil {
			shells = append(shells, shell)
		}
	}
	for _, command := range everyCommand(t) {
		if strings.Contains(command, "\n") {
			t.Errorf("%q has more than one line", command)
		}
		if found := patterns.FindString(quoted.ReplaceAllString(command, "")); found != "" {
			t.Errorf("%q has an unquoted %s", command, found)
		}
		if strings.Contains(command, "pulumi up") && !strings.Contains(command, "--yes") {
			t.Errorf("%q waits for an answer", command)
		}
		for _, shell := range shells {
			if out, err := exec.CommandContext(t.Context(), shell, "-n", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s does not parse %q: %s", shell, command, out)
			}
		}
	}
}

func TestAPageNamesTheShellForItsCommandsOnce(t *testing.T) {
	others := &answers{story: allStories(t)[1]}
	explorer := explore(t, demo(3), others)
	for _, path := range []string{"/calls/orders/products", "/nodes/orders", "/labs/" + string(labs.All()[0].Name)} {
		page := parse(t, explorer.Do(t, "GET", path, "").Text)
		if got := strings.Count(text(page), "make shell"); got != 1 {
			t.Errorf("%s names make shell %d times, want once", path, got)
		}
	}
}
