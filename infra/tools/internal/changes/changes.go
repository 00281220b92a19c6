// Package changes reads the changes of an update from the engine's event log (pulumi up --event-log), which Pulumi's
// Automation API reads too, and prints them. `make lab` uses it.
package changes

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Update is the result of an update.
type Update struct {
	Changes []Change
	// Errors holds the engine's error messages, one line each.
	Errors []string
}

// Change is a resource that was changed.
type Change struct {
	// Op is the engine's operation: create, update, delete or replace.
	Op string
	// Kind and Name identify the object.
	Kind, Name string
	// Fields are the changed fields of an update; empty for another operation.
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

// lineLimit bounds a line of the log, which is an event and may hold a large object.
const lineLimit = 64 << 20

// Read reads the log. It ignores an incomplete last line, which an update that was killed leaves.
func Read(log io.Reader) (Update, error) {
	var update Update
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, lineLimit)
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
