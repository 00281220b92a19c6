// Package changes reads what an update has changed from the log of the engine's events (pulumi up --event-log), which is also
// what Pulumi's Automation API reads.
package changes

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Update is what an update has done.
type Update struct {
	Changes []Change
	// Errors are the engine's messages of failures, each in one line.
	Errors []string
}

// Change is a resource that was changed.
type Change struct {
	// Op is the engine's operation: create, update, delete or replace.
	Op string
	// Kind and Name are those of the object.
	Kind, Name string
	// Fields are what an update changes; empty for another operation.
	Fields []Field
}

type state struct {
	Custom bool           `json:"custom"`
	Inputs map[string]any `json:"inputs"`
}

type event struct {
	ResOutputsEvent *struct {
		Metadata struct {
			Op, URN, Type string
			Old, New      *state
		}
	}
	DiagnosticEvent *struct{ Severity, Message string }
}

// longest is the longest line of the log: an event with a large object.
const longest = 64 << 20

// Read reads the log. An end in the middle of a line, which an update that was killed leaves, is not an error.
func Read(log io.Reader) (Update, error) {
	var update Update
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		if found := e.ResOutputsEvent; found != nil {
			update.add(found.Metadata.Op, found.Metadata.URN, found.Metadata.Type, found.Metadata.Old, found.Metadata.New)
		}
		if found := e.DiagnosticEvent; found != nil && found.Severity == "error" {
			if message := strings.Join(strings.Fields(found.Message), " "); message != "" {
				update.Errors = append(update.Errors, message)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return update, fmt.Errorf("read the events of the update: %w", err)
	}
	return update, nil
}

func (u *Update) add(op, urn, kind string, before, after *state) {
	either := after
	if either == nil {
		either = before
	}
	if op == "same" || op == "read" || op == "refresh" || either == nil || !either.Custom {
		return
	}
	change := Change{Op: op, Kind: kind[strings.LastIndex(kind, ":")+1:], Name: urn[strings.LastIndex(urn, "::")+2:]}
	if before != nil && after != nil {
		change.Fields = difference(before.Inputs, after.Inputs)
	}
	u.Changes = append(u.Changes, change)
}
