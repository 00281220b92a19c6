package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

const (
	one = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"
	two = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
)

func TestEntityTagsAreReadAsInRFC9110(t *testing.T) {
	tests := map[string]struct {
		header       string
		any          bool
		strong, weak []string
	}{
		"any":            {header: " *\t", any: true},
		"one":            {header: `"a"`, strong: []string{"a"}},
		"empty":          {header: `""`, strong: []string{""}},
		"several":        {header: `"a", "b" ,"c"`, strong: []string{"a", "b", "c"}},
		"weak":           {header: `W/"a", "b"`, strong: []string{"b"}, weak: []string{"a"}},
		"empty elements": {header: `, "a",,	"b",`, strong: []string{"a", "b"}},
		"commas inside":  {header: `"a,b", "*"`, strong: []string{"a,b", "*"}},
		"no escapes":     {header: `"a\", "b"`, strong: []string{`a\`, "b"}},
		"obs-text":       {header: "\"\xff\"", strong: []string{"\xff"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var tags Tags
			if err := tags.UnmarshalText([]byte(test.header)); err != nil {
				t.Fatal(err)
			}
			if tags.Any != test.any || !slices.Equal(tags.strong, test.strong) || !slices.Equal(tags.weak, test.weak) {
				t.Errorf("got %+v", tags)
			}
		})
	}
}

func TestMalformedEntityTagsAreRefused(t *testing.T) {
	for _, header := range []string{
		"", " ", ",", "a", `"a`, `a"`, `"a""b"`, `"a" "b"`, `w/"a"`, `W/ "a"`, `W/a`, `*, "a"`, `"a", *`, `**`, `"a b"`, "\"a\x7f\"", "\"a\tb\"", `'a'`,
	} {
		if err := new(Tags).UnmarshalText([]byte(header)); err == nil {
			t.Errorf("%q was read", header)
		}
	}
}

func TestAWeakTagMatchesForReadsOnly(t *testing.T) {
	tests := map[string]struct {
		header string
		change []uuid.UUID
		read   bool
	}{
		"strong":         {`"` + one + `"`, []uuid.UUID{uuid.MustParse(one)}, true},
		"weak":           {`W/"` + one + `"`, nil, true},
		"another":        {`"` + two + `"`, []uuid.UUID{uuid.MustParse(two)}, false},
		"both":           {`"` + two + `", "` + one + `"`, []uuid.UUID{uuid.MustParse(two), uuid.MustParse(one)}, true},
		"capitals":       {`"` + strings.ToUpper(one) + `"`, nil, false},
		"not a revision": {`"1"`, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var tags Tags
			if err := tags.UnmarshalText([]byte(test.header)); err != nil {
				t.Fatal(err)
			}
			if got := tags.Revisions(); !slices.Equal(got, test.change) {
				t.Errorf("a change would need one of %v, want %v", got, test.change)
			}
			if got := tags.name(uuid.MustParse(one)); got != test.read {
				t.Errorf("a read finds it unchanged: %t, want %t", got, test.read)
			}
		})
	}
}

// FuzzEntityTags checks that the parsed tags, written as a list, are parsed again as the same tags.
func FuzzEntityTags(f *testing.F) {
	f.Fuzz(func(t *testing.T, header string) {
		var tags Tags
		if tags.UnmarshalText([]byte(header)) != nil {
			return
		}
		if tags.Any {
			return
		}
		var written []string
		for _, opaque := range tags.strong {
			written = append(written, `"`+opaque+`"`)
		}
		for _, opaque := range tags.weak {
			written = append(written, `W/"`+opaque+`"`)
		}
		var again Tags
		if err := again.UnmarshalText([]byte(strings.Join(written, ", "))); err != nil {
			t.Fatalf("%q was read as %+v, which is not read when it is written: %v", header, tags, err)
		}
		if !slices.Equal(again.strong, tags.strong) || !slices.Equal(again.weak, tags.weak) || again.Any {
			t.Errorf("%q was read as %+v, and that as %+v", header, tags, again)
		}
		for _, revision := range tags.Revisions() {
			if !tags.name(revision) {
				t.Errorf("%q names the revision %s for a change and not for a read", header, revision)
			}
		}
	})
}
