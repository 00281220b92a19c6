package drawing

import (
	"unicode/utf8"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

const (
	// letter is the width of a letter of a label, and padding the space at both sides together.
	letter, padding = 7, 16
	// widest is the width of the longest label, "NO ENDPOINTS". It fits into a gutter.
	widest = 12*letter + padding
)

// label returns the label of a call at a position.
func label(call calls.Call, at point) Label {
	text := caption(call)
	return Label{X: at.x, Y: at.y, W: min(widest, utf8.RuneCountInString(text)*letter+padding), Text: text}
}

// caption returns the state of a call in at most 12 letters.
func caption(call calls.Call) string {
	switch call.State {
	case calls.Working:
		return prose.Milliseconds(call.Milliseconds)
	case calls.Failing:
		return clip(string(call.Code), 12)
	default:
		return "unknown"
	}
}

// clip cuts a text that has more than most letters. The tables below the map show the whole text.
func clip(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:max(most-1, 0)]) + "…"
}

// clipFront is like clip, but keeps the end of the text.
func clipFront(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return "…" + string(letters[len(letters)-max(most-1, 0):])
}
