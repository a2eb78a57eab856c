package serverconf

import (
	"strconv"
	"strings"
)

// scalarType is what yaml.v3 makes of a scalar when it decodes into an interface,
// as viper does.
type scalarType int

const (
	typeText scalarType = iota
	typeNull
	typeBool
	typeInt
	typeFloat
	typeTime
	typeOther // a list or a block
)

// resolved is a value as viper hands it out.
type resolved struct {
	typ  scalarType
	text string // what GetString gives
}

// resolve types a node. Checked against viper v1.15.0 with yaml.v3 3.0.1.
func resolve(n *node) resolved {
	switch {
	case n == nil || n.kind == nodeNull:
		return resolved{typ: typeNull}
	case n.kind != nodeScalar:
		return resolved{typ: typeOther}
	case !n.plain:
		return resolved{typ: typeText, text: n.text}
	}
	s := n.text
	switch s {
	case "", "~", "null", "Null", "NULL":
		return resolved{typ: typeNull}
	case "true", "True", "TRUE":
		return resolved{typeBool, "true"}
	case "false", "False", "FALSE":
		return resolved{typeBool, "false"}
	}
	if !strings.ContainsAny(s[:1], "+-.0123456789") {
		return resolved{typ: typeText, text: s}
	}
	return resolveNumber(s)
}

func resolveNumber(s string) resolved {
	if dateShape(s) {
		return resolved{typ: typeTime, text: s + " (a date)"}
	}
	bare := strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(bare, 0, 64); err == nil {
		return resolved{typeInt, strconv.FormatInt(i, 10)}
	}
	if u, err := strconv.ParseUint(bare, 0, 64); err == nil {
		return resolved{typeInt, strconv.FormatUint(u, 10)}
	}
	if floatShape(bare) {
		if f, err := strconv.ParseFloat(bare, 64); err == nil {
			return resolved{typeFloat, strconv.FormatFloat(f, 'f', -1, 64)}
		}
	}
	return resolved{typ: typeText, text: s}
}

// floatShape is the float pattern of yaml.v3's resolve.go: sign, digits with at most
// one dot, exponent.
func floatShape(s string) bool {
	s = strings.TrimLeft(s[:min(1, len(s))], "+-") + s[min(1, len(s)):]
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	if hasExponent {
		exponent = strings.TrimLeft(exponent[:min(1, len(exponent))], "+-") + exponent[min(1, len(exponent)):]
		if !digitsOnly(exponent) {
			return false
		}
	}
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if whole == "" {
		return dotted && digitsOnly(fraction)
	}
	return digitsOnly(whole) && (fraction == "" || digitsOnly(fraction))
}

// dateShape finds the timestamps that yaml.v3 turns into a time: 2024-01-02 and longer.
func dateShape(s string) bool {
	date, _, _ := strings.Cut(strings.ToUpper(s), "T")
	date, _, _ = strings.Cut(date, " ")
	parts := strings.Split(date, "-")
	return len(parts) == 3 && len(parts[0]) == 4 && len(parts[1]) <= 2 && len(parts[2]) <= 2 &&
		digitsOnly(parts[0]) && digitsOnly(parts[1]) && digitsOnly(parts[2])
}

func digitsOnly(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// castBool is cast.ToBool v1.5.0 of what viper.Get returns: the texts of
// strconv.ParseBool, and every int but 0. ok is false where the value is no bool
// at all and so counts as false.
func castBool(r resolved) (on, ok bool) {
	switch r.typ {
	case typeBool:
		return r.text == "true", true
	case typeInt:
		return r.text != "0", true
	case typeText:
		on, err := strconv.ParseBool(r.text)
		return on, err == nil
	default:
		return false, false
	}
}
