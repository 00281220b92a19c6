package documents

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is what the tests check of a Markdown file.
type document struct {
	// links are the targets of its links and images.
	links []string
	// headings are the texts of its headings, and anchors are their anchors as GitHub computes them.
	headings, anchors []string
	// targets are the make targets that its code names.
	targets []string
}

var (
	fence    = regexp.MustCompile("^ *```([a-z]*)")
	codeSpan = regexp.MustCompile("`[^`]+`")
	heading  = regexp.MustCompile(`^#{1,6} +(.+?) *#*$`)
	// inlineLink also matches images, whose text may hold code.
	inlineLink = regexp.MustCompile(`\]\(<?([^)>\s]+)>?(?: +"[^"]*")?\)`)
	// linkText turns a link in a heading into its text.
	linkText = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	// makeCommand matches make and its arguments, up to what ends the command.
	makeCommand = regexp.MustCompile(`(?:^|[\s(])make((?: +[^\s;&|)#"` + "`" + `]+)+)`)
	makeTarget  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// parse reads Markdown. It knows what this repository's files use: headings with #, fenced code, code spans and links.
func parse(text string) document {
	var d document
	var paragraph []string // its lines: a code span or the text of a link may continue on the next one
	inFence, isShell := false, false
	for line := range strings.Lines(text + "\n\n") {
		line = strings.TrimRight(line, "\n")
		title, language := heading.FindStringSubmatch(line), fence.FindStringSubmatch(line)
		switch {
		case language != nil:
			d.addProse(strings.Join(paragraph, " "))
			paragraph, inFence, isShell = nil, !inFence, language[1] == "sh"
		case inFence && isShell:
			d.targets = append(d.targets, makeTargets(line)...)
		case inFence:
		case title != nil:
			d.addProse(strings.Join(append(paragraph, title[1]), " "))
			paragraph = nil
			d.addHeading(strings.ReplaceAll(linkText.ReplaceAllString(title[1], "$1"), "`", ""))
		case strings.TrimSpace(line) == "":
			d.addProse(strings.Join(paragraph, " "))
			paragraph = nil
		default:
			paragraph = append(paragraph, line)
		}
	}
	return d
}

// addProse adds the links of a paragraph and the make targets of its code spans.
func (d *document) addProse(text string) {
	for _, span := range codeSpan.FindAllString(text, -1) {
		d.targets = append(d.targets, makeTargets(strings.Trim(span, "`"))...)
	}
	for _, link := range inlineLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(text, ""), -1) {
		d.links = append(d.links, link[1])
	}
}

// addHeading adds a heading and its anchor. GitHub numbers headings with the same text.
func (d *document) addHeading(title string) {
	base := strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
	anchor := base
	for n := 1; slices.Contains(d.anchors, anchor); n++ {
		anchor = fmt.Sprintf("%s-%d", base, n)
	}
	d.headings, d.anchors = append(d.headings, title), append(d.anchors, anchor)
}

// makeTargets returns the targets of the make commands in a line of code.
func makeTargets(code string) []string {
	var targets []string
	code, _, _ = strings.Cut(code, " #")
	for _, match := range makeCommand.FindAllStringSubmatch(code, -1) {
		for _, word := range strings.Fields(match[1]) {
			if makeTarget.MatchString(word) {
				targets = append(targets, word)
			}
		}
	}
	return targets
}

func TestParseFindsWhatTheTestsCheck(t *testing.T) {
	d := parse("# One `two` [three](four.md#five)\n## Same\n## Same\n" +
		"![a picture](picture.svg) and [`code`](folder/file.go), not `[text](span)`, but `make up\nNODES=3`\n" +
		"```sh\nmake lint test   # make comment\n[no](link)\nsudo env \"PATH=$PATH\" make down; eval \"$(make env)\"\nmake -j4 x=1\n```\n" +
		"Prose can make sense.\n```text\nMakefile  what make runs\n```\n")
	for what, c := range map[string]struct{ got, want []string }{
		"links":    {d.links, []string{"four.md#five", "picture.svg", "folder/file.go"}},
		"headings": {d.headings, []string{"One two three", "Same", "Same"}},
		"anchors":  {d.anchors, []string{"one-two-three", "same", "same-1"}},
		"targets":  {d.targets, []string{"up", "lint", "test", "down", "env"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s are %q, want %q", what, c.got, c.want)
		}
	}
}
