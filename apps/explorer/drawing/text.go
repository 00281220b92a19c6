package drawing

import (
	"unicode/utf8"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

const (
	// letter is the width of a letter of a label, and padding what it has at both sides together.
	letter, padding = 7, 16
	// widest is a label of "NO ENDPOINTS", the longest code. Gutters are made for it.
	widest = 12*letter + padding
)

// labelled is the label of a call at a place.
func labelled(call calls.Call, at point) Label {
	return label(caption(call), at)
}

func label(text string, at point) Label {
	return Label{X: at.x, Y: at.y, W: min(widest, utf8.RuneCountInString(text)*letter+padding), Text: text}
}

// caption is how a call does, in the few letters that an arrow has room for.
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

// clip cuts what is too long for its place. The whole is in the tables below the map.
func clip(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:max(most-1, 0)]) + "…"
}

// clipFront is clip for names that differ at their end.
func clipFront(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return "…" + string(letters[len(letters)-max(most-1, 0):])
}
