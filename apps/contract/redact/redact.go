// Package redact hides credentials in messages, logs and outputs. The apps, the Pulumi program and the tools use it: Text
// for free text, Value for a single configuration value.
package redact

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Mask replaces a secret. Its length is fixed, because the length of a password is a hint, too.
const Mask = "******"

// DatabaseURL is the placeholder for a database's URL in messages and documents. Text does not change it.
const DatabaseURL = "postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=MODE"

// maxValue is the length of the longest DNS name. Longer values are unlikely to be typed by hand.
const maxValue = 253

var (
	// quoted is a string in the format of %q. A URL in it may hold spaces.
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*://(?:[^"\\]|\\.)*"`)
	// bare is a URL outside quotes.
	bare = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"<>]+`)
	// login is user:password@host without a scheme, as in an image reference.
	login = regexp.MustCompile(`[^\s"]*:[^\s"]*@[^\s"]+`)
	// userInfo ends at the last @, because people forget to encode one in a password.
	userInfo = regexp.MustCompile(`^(?s:.*)@`)
	// digest is the end of an image reference.
	digest = regexp.MustCompile(`@sha(?:256|512):[0-9a-f]*`)
)

// Text hides the credentials of each URL in text: user and password, query, and fragment.
func Text(text string) string {
	text = quoted.ReplaceAllStringFunc(text, func(match string) string {
		scheme, _, _ := strings.Cut(match[1:], "://")
		if strings.ContainsAny(scheme, " ,;={[") { // a sentence or JSON with a URL in it
			return match
		}
		return `"` + withoutCredentials(match[1:len(match)-1]) + `"`
	})
	text = bare.ReplaceAllStringFunc(text, withoutCredentials)
	return login.ReplaceAllStringFunc(text, func(match string) string {
		if strings.Contains(match, "://") {
			return match
		}
		return withoutUserInfo(match)
	})
}

// Value returns an invalid configuration value for an error message. Users may paste anything into the wrong key, so Value
// shows only addresses, sizes, names and URLs without credentials. It masks values that are long, have several lines or
// words, or have characters that names do not have, and values that mix letters and digits like passwords.
func Value(value string) string {
	if len(value) > maxValue || strings.ContainsFunc(value, unicode.IsControl) || strings.Contains(value, "{") {
		return Mask
	}
	if !strings.Contains(value, "://") {
		value = withoutUserInfo(value)
	} else {
		value = withoutCredentials(value)
	}
	const jsonWebToken = "eyJ" // RFC 7519
	if strings.Contains(value, "=") || strings.HasPrefix(value, jsonWebToken) {
		return Mask
	}
	var shown []string
	for one := range strings.SplitSeq(value, ",") {
		one = withoutMalformed(one)
		if !harmless(one) {
			return Mask
		}
		shown = append(shown, one)
	}
	return strings.Join(shown, ",")
}

// harmless reports whether text looks like a URL, an address, an image, a size or a name, and not like a password.
func harmless(text string) bool {
	text = strings.TrimSpace(text) // after a comma
	if strings.Contains(text, "://") {
		return true // the credentials are masked already
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	text = digest.ReplaceAllLiteralString(strings.TrimPrefix(text, Mask+"@"), "")
	separator := func(r rune) bool { return strings.ContainsRune(".:/_-", r) }
	if strings.ContainsFunc(text, func(r rune) bool { return !separator(r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return false
	}
	return !slices.ContainsFunc(strings.FieldsFunc(text, separator), opaque)
}

// opaque reports whether letters and digits alternate as in a password, such as s3cr3t or Passw0rd. Words such as arm64,
// 10Gi and k8s are not opaque.
func opaque(word string) bool {
	changes, lower, upper := 0, false, false
	var previous rune
	for i, r := range word {
		if i > 0 && unicode.IsDigit(r) != unicode.IsDigit(previous) {
			changes++
		}
		lower, upper, previous = lower || unicode.IsLower(r), upper || unicode.IsUpper(r), r
	}
	return changes > 2 || changes == 2 && lower && upper
}

// withoutCredentials hides user, password, query and fragment of a URL. It does not parse the URL, because the parts of a
// malformed one end in other places.
func withoutCredentials(text string) string {
	if strings.TrimRight(text, ",.") == DatabaseURL {
		return text
	}
	scheme, rest, _ := strings.Cut(text, "://")
	rest = withoutUserInfo(rest)
	for _, mark := range []string{"?", "#"} {
		if before, _, found := strings.Cut(rest, mark); found {
			rest = before + mark + Mask
		}
	}
	return scheme + "://" + rest
}

// withoutUserInfo hides the text before the last @, except the @ of a digest.
func withoutUserInfo(text string) string {
	end := len(text)
	if at := digest.FindStringIndex(text); at != nil && at[1] == end {
		end = at[0]
	}
	return userInfo.ReplaceAllLiteralString(text[:end], Mask+"@") + text[end:]
}

// withoutMalformed hides all but the scheme of a URL that cannot be parsed: any part of it may belong to a password.
func withoutMalformed(text string) string {
	scheme, _, found := strings.Cut(text, "://")
	if !found {
		return text
	}
	if _, err := url.Parse(strings.ReplaceAll(text, Mask, "masked")); err != nil {
		return scheme + "://" + Mask
	}
	return text
}
