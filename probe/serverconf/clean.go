package serverconf

import (
	"net/url"
	"strings"
	"unicode"
)

// Everything in a source is foreign text and may hold secrets in places where
// nobody expects them. These functions are the only way of such text into a Result.

// longest is the number of runes of foreign text that is shown.
const longest = 120

// cleanKey shows a key or variable as written. A key holds letters, digits and
// ._- only; what follows anything else is cut, because "managerToken:abc" without a
// space is one key with the secret in it.
func cleanKey(s string) string {
	s = strings.TrimFunc(s, unicode.IsSpace)
	for i, r := range s {
		if !isKeyRune(r) || i >= longest {
			return s[:i] + "…"
		}
	}
	return s
}

func isKeyRune(r rune) bool {
	return r == '.' || r == '_' || r == '-' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// cleanName shows the name of a source, a service or a path.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return bounded(s)
}

func bounded(s string) string {
	n := 0
	for i := range s {
		if n++; n > longest {
			return s[:i] + "…"
		}
	}
	return s
}

// cleanAddress shows an address without user information, query and fragment.
func cleanAddress(s string) string {
	s = cleanName(s)
	if i := strings.IndexAny(s, "?#"); i > 0 {
		s = s[:i] + "…"
	}
	head, rest, found := strings.Cut(s, "://")
	if !found {
		head, rest = "", s
	} else {
		head += "://"
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = "…@" + rest[i+1:]
	}
	return head + rest
}

// secretKey says whether the value under a key must not be shown: the known secrets,
// everything below them, and any key that sounds like one.
func secretKey(path string) bool {
	low := strings.ToLower(path)
	if low == strings.ToLower(KeyTokenAuthOn) {
		return false
	}
	for _, word := range []string{"token", "secret", "passw", "pwd", "users", "credential", "private", "apikey", "api_key"} {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}

// showValue gives what may be shown of the value of a known key; "" for all others,
// where nobody can say what a value is.
func showValue(info *keyInfo, text string) string {
	if info == nil || info.secret || !info.tracked {
		return ""
	}
	if info.address {
		return cleanAddress(text)
	}
	if info.kind == "bool" && len(text) > 12 {
		return "" // no bool: it may be anything
	}
	return cleanName(text)
}

// addressKey says whether a setting holds an address.
func addressKey(path string) bool {
	return strings.Contains(strings.ToLower(path), "addr") || path == KeyExternalIP || path == KeyExternalAPIURL
}

// address is what stands in an address setting.
type address struct {
	scheme, host, port string
	path               bool
}

// parseAddress splits an address setting; ok is false where it is neither host:port
// nor a URL.
func parseAddress(text string) (address, bool) {
	if !strings.Contains(text, "://") {
		host, port := splitHostPort(text)
		return address{host: host, port: port, path: strings.Contains(text, "/")}, host != "" || port != ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return address{}, false
	}
	return address{scheme: strings.ToLower(u.Scheme), host: u.Hostname(), port: u.Port(), path: strings.Trim(u.Path, "/") != ""}, true
}

// splitHostPort is lenient: "1.2.3.4", "1.2.3.4:5100", "[::1]:5100", "a:b:c".
func splitHostPort(s string) (host, port string) {
	s, _, _ = strings.Cut(s, "/")
	if strings.HasPrefix(s, "[") {
		host, rest, _ := strings.Cut(s[1:], "]")
		return host, strings.TrimPrefix(rest, ":")
	}
	if strings.Count(s, ":") > 1 {
		return s, ""
	}
	host, port, _ = strings.Cut(s, ":")
	return host, port
}
