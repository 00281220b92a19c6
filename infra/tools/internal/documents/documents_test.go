// Package documents tests the repository's Markdown files: their links, the make targets they name, their size, and
// the layout they describe. It has no code of its own.
package documents

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// top is the root of the repository, through a link in this module. Go repeats a passed test only if a file that it has
// opened has changed, and it looks at paths inside the module alone. The slash makes WalkDir follow the link.
const top = "testdata/repository/"

// skipped are folders that hold no sources of this repository.
var skipped = []string{".git", ".local", "node_modules", "testdata"}

// read returns the content of a file, with its path relative to the root of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// files returns the paths of all files with one of these extensions, relative to the root of the repository.
func files(t *testing.T, extensions ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(skipped, entry.Name()) {
			return filepath.SkipDir
		}
		if !entry.IsDir() && slices.Contains(extensions, filepath.Ext(path)) {
			relative, err := filepath.Rel(top, path)
			found = append(found, relative)
			return err
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files with the extensions %q: %v", len(found), extensions, err)
	}
	return found
}

// TestTheFilesThatPeopleReadFirstAreShort keeps both files small enough to read from top to bottom.
func TestTheFilesThatPeopleReadFirstAreShort(t *testing.T) {
	for file, limit := range map[string]int{"README.md": 10_000, "Makefile": 8_000} {
		if size := len(read(t, file)); size > limit {
			t.Errorf("%s has %d bytes, want at most %d: move details to the folder that they describe", file, size, limit)
		}
	}
}

func TestLinksLeadToFilesAndHeadings(t *testing.T) {
	for _, file := range files(t, ".md") {
		for _, link := range parse(read(t, file)).links {
			path, anchor, _ := strings.Cut(link, "#")
			if strings.Contains(path, "://") || strings.HasPrefix(path, "mailto:") {
				continue
			}
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(filepath.Join(top, target)); err != nil {
				t.Errorf("%s links to %s: %v", file, link, err)
				continue
			}
			if anchor != "" && !slices.Contains(parse(read(t, target)).anchors, anchor) {
				t.Errorf("%s links to %s: %s has no such heading", file, link, target)
			}
		}
	}
}

func TestMakeTargetsInDocumentsExist(t *testing.T) {
	target := regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	targets := map[string]bool{}
	for _, match := range target.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[match[1]] = true
	}
	for _, file := range files(t, ".md") {
		for _, name := range parse(read(t, file)).targets {
			if !targets[name] {
				t.Errorf("%s names `make %s`, which is not a target of the Makefile", file, name)
			}
		}
	}
}

// reference matches a section that a message refers to: its heading in quotes, the word in, and the file.
var reference = regexp.MustCompile(`\\?"([^"\\\n]+)\\?" in ([\w./-]+\.md)\b`)

func TestSectionsThatMessagesNameExist(t *testing.T) {
	for _, file := range files(t, ".go", ".sh", ".js") {
		for _, match := range reference.FindAllStringSubmatch(read(t, file), -1) {
			heading, target := match[1], match[2]
			if _, err := os.Stat(filepath.Join(top, target)); err != nil {
				t.Errorf("%s refers to %s: %v", file, target, err)
			} else if !slices.Contains(parse(read(t, target)).headings, heading) {
				t.Errorf("%s refers to %q in %s, which has no such heading", file, heading, target)
			}
		}
	}
}

// TestTheLayoutIsTheTree reads the tree in the root README: each line is a path, indented below its folder, and what it
// holds.
func TestTheLayoutIsTheTree(t *testing.T) {
	_, section, found := strings.Cut(read(t, "README.md"), "\n## How it is laid out\n")
	if !found {
		t.Fatal(`README.md has no section "How it is laid out"`)
	}
	parts := strings.SplitN(section, "```", 3)
	if len(parts) < 3 {
		t.Fatal("the layout has no tree in a code block")
	}
	var above []string // the folder at each depth
	count := 0
	for line := range strings.Lines(parts[1]) {
		name := strings.TrimLeft(line, " ")
		depth := (len(line) - len(name)) / 2
		fields := strings.Fields(name)
		if len(fields) == 0 || fields[0] == "text" || fields[0] == ".local/" { // .local is created by make
			continue
		}
		if depth > len(above) {
			t.Fatalf("the layout indents %q too far", fields[0])
		}
		above = append(above[:depth], fields[0])
		count++
		path := filepath.Join(above...)
		info, err := os.Stat(filepath.Join(top, path))
		if err != nil {
			t.Errorf("the layout names %s: %v", path, err)
		} else if info.IsDir() != strings.HasSuffix(fields[0], "/") {
			t.Errorf("the layout names %s: folders, and only folders, end in /", path)
		}
		if len(fields) < 2 {
			t.Errorf("the layout does not describe %s", path)
		}
	}
	if count < 10 {
		t.Errorf("the layout names %d paths, want at least 10", count)
	}
}

func TestCONTRIBUTINGNamesEachModule(t *testing.T) {
	const file = ".github/CONTRIBUTING.md"
	text := read(t, file)
	for _, module := range files(t, ".mod") {
		if folder := filepath.Dir(module); !strings.Contains(text, "| `"+folder+"` |") {
			t.Errorf("%s has no row for the module in %s", file, folder)
		}
	}
}
