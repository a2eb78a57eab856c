package report

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/foreign"
)

// Limits of cleaned text, in runes. An HTTP body or an error fits the first;
// our own causes and fixes, and the hex of a frame, need the second.
const (
	lineLimit = 400
	textLimit = 8000
)

// longest is the longest duration that is shown, in ms: 30 years.
const longest = 1e12

// cleaned gives a deep copy of v in which every string is clean, every field of
// few values holds one of them, and every nil list is empty, so that JSON says []
// and not null. It walks all fields by
// reflection: a field added to a shared type later cannot be forgotten.
func cleaned[T any](v *T) *T {
	out := new(T)
	scrub(reflect.ValueOf(out).Elem(), reflect.ValueOf(v).Elem(), lineLimit)
	return out
}

func scrub(dst, src reflect.Value, limit int) {
	switch src.Kind() {
	case reflect.String:
		dst.SetString(cleanString(src, limit))
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			scrub(dst.Elem(), src.Elem(), limit)
		}
	case reflect.Slice:
		dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			scrub(dst.Index(i), src.Index(i), limit)
		}
	case reflect.Map:
		scrubMap(dst, src, limit)
	case reflect.Float64: // all of them are durations, in ms or s
		dst.SetFloat(min(max(src.Float(), 0), longest))
	case reflect.Struct:
		scrubStruct(dst, src)
	default:
		dst.Set(src)
	}
}

// cleanString cleans one string by the type of its field.
func cleanString(src reflect.Value, limit int) string {
	switch {
	case src.Type() != reflect.TypeFor[string]():
		return clean(settled(src.Type(), src.String()), limit)
	case limit == identifierLimit:
		return identifier(src.String())
	}
	return clean(src.String(), limit)
}

func scrubMap(dst, src reflect.Value, limit int) {
	if src.IsNil() {
		return
	}
	dst.Set(reflect.MakeMapWithSize(src.Type(), src.Len()))
	for _, key := range src.MapKeys() {
		k, v := reflect.New(key.Type()).Elem(), reflect.New(src.Type().Elem()).Elem()
		scrub(k, key, limit)
		scrub(v, src.MapIndex(key), limit)
		dst.SetMapIndex(k, v)
	}
}

func scrubStruct(dst, src reflect.Value) {
	dst.Set(src) // unexported fields too: times, and tokens, which show an alias
	for i := range src.NumField() {
		field := src.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		limit := lineLimit
		switch {
		case long(src.Type(), field.Name):
			limit = textLimit
		case isIdentifier(src.Type(), field.Name):
			limit = identifierLimit
		}
		scrub(dst.Field(i), src.Field(i), limit)
	}
}

// long names the fields that may hold more than a line: the texts that wkctl
// itself has written, and the hex of a frame.
func long(t reflect.Type, field string) bool {
	switch t {
	case reflect.TypeFor[probe.Finding]():
		return field == "Cause"
	case reflect.TypeFor[probe.Fix](), reflect.TypeFor[probe.FrameDump]():
		return true
	}
	return false
}

// clean makes foreign text safe to show: escape sequences are removed whole,
// control and format characters (bidirectional overrides, zero-width ones) one
// by one, and at most limit runes are kept. Line breaks survive only in the long
// texts, which are ours; elsewhere they could forge a line of the report.
func clean(s string, limit int) string {
	var b strings.Builder
	n := 0
	for len(s) > 0 {
		if skip := foreign.EscapeLength(s); skip > 0 {
			s = s[skip:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		r, keep := cleanRune(r, limit == textLimit)
		if !keep {
			continue
		}
		if n == limit {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

func cleanRune(r rune, lines bool) (rune, bool) {
	switch {
	case r == '\n' && lines:
		return r, true
	case r == '\n', r == '\t', r == '\u2028', r == '\u2029':
		return ' ', true
	case unicode.Is(unicode.C, r) && r != utf8.RuneError:
		return 0, false // Cc, Cf, Co, Cs
	case r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF:
		return 0, false // no characters; XML forbids U+FFFE and U+FFFF
	}
	return r, true
}
