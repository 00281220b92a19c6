package changes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// width bounds a line. A value that does not fit ends with an ellipsis.
const width = 78

// symbols are the symbols of operations in the engine's own display.
var symbols = map[string]string{"create": "+", "delete": "-", "update": "~"}

// Text returns the change in lines: the object and, in the same line or one line each, the changed fields.
func (c Change) Text() string {
	symbol := symbols[c.Op]
	if symbol == "" {
		symbol = "±"
	}
	head := fmt.Sprintf("  %s %s %s", symbol, c.Kind, c.Name)
	switch {
	case c.Op == "create":
		return head + "  created\n"
	case c.Op == "delete":
		return head + "  deleted\n"
	case len(c.Fields) == 0:
		return head + "\n"
	}
	if one := head + "  " + c.Fields[0].text(); len(c.Fields) == 1 && len([]rune(one)) <= width {
		return one + "\n"
	}
	lines := head + "\n"
	for _, field := range c.Fields {
		line := "      " + field.text()
		if len([]rune(line)) > width {
			field.Path = field.end()
			line = "      " + field.text()
		}
		lines += cut(line, width) + "\n"
	}
	return lines
}

// text returns "path: before → after".
func (f Field) text() string {
	path := f.Path
	if strings.HasSuffix(path, "].value") { // of an environment variable
		path = strings.TrimSuffix(path, ".value")
	}
	before, after := value(f.Before), value(f.After)
	switch {
	case isSecret(f.After) && f.Before != nil: // a value that becomes secret, too
		before = masked
	case isSecret(f.Before) && f.After != nil:
		after = masked
	}
	return path + ": " + before + " → " + after
}

// end returns the last two elements of a long path.
func (f Field) end() string {
	path := strings.TrimSuffix(f.Path, ".value")
	parts := regexp.MustCompile(`\.?[^.\[]+(\[[^\]]*\])*`).FindAllString(path, -1)
	if len(parts) < 3 {
		return path
	}
	return "…" + strings.Join(parts[len(parts)-2:], "")
}

// value returns a value in one line: YAML's flow style without quotes, and secrets masked.
func value(of any) string {
	switch of := of.(type) {
	case nil:
		return "none"
	case string:
		if of == "" {
			return `""`
		}
		return strings.Join(strings.Fields(of), " ")
	case map[string]any:
		if isSecret(of) {
			return masked
		}
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(of)) {
			parts = append(parts, key+": "+value(of[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, element := range of {
			parts = append(parts, value(element))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(of)
}

// cut shortens a text that is longer than length, in characters.
func cut(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length-1]) + "…"
	}
	return text
}
