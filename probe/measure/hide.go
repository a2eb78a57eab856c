package measure

import (
	"regexp"
	"strings"

	"github.com/wkctl/wkctl/probe/foreign"
	"github.com/wkctl/wkctl/probe/secret"
)

// These find what may be a secret of URLs inside other text, which goes on
// behind quotes and angle brackets.
var (
	userInText     = regexp.MustCompile(`//[^/?#\s"'<>]*@`)
	bareUserInText = regexp.MustCompile(`[^\s/@"'<>]*:[^\s/@"'<>]*@`)
	valueInText    = regexp.MustCompile(`([?&#][^=?&#\s"'<>]*=)[^&#\s"'<>]*`)
	secretInJSON   = regexp.MustCompile(`(?i)("[^"]*(?:token|password|secret)"\s*:\s*")((?:[^"\\]|\\.)*)`)
	aliasInText    = regexp.MustCompile(`"(T\d+|MANAGER)$`)
)

// HideURL blanks what may be a secret in an address, with or without a scheme:
// user and password, and the values of its query and fragment. Gateways in front
// of a WebSocket want tokens there. It goes by the text, for an address may be
// too wrong to be parsed, and blanks its host too where that cannot be told from
// a password.
func HideURL(raw string) string {
	scheme := schemeOf.FindString(raw)
	rest := raw[len(scheme):]
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	if !isHostPort(authority) { // a password may hold what ends a host
		authority = rest
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		rest = "…" + rest[i:]
	}
	return scheme + queryValue.ReplaceAllString(rest, "${1}…")
}

var (
	schemeOf   = regexp.MustCompile(`^\s*([A-Za-z][A-Za-z0-9+.-]*:)?//`)
	queryValue = regexp.MustCompile(`([?&#][^=?&#]*=)[^&#]*`)
)

// isHostPort says whether an authority ends as one does: in a port, or without.
func isHostPort(authority string) bool {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	host = host[strings.LastIndexByte(host, ']')+1:]
	_, port, found := strings.Cut(host, ":")
	return !found || strings.Trim(port, "0123456789") == ""
}

// hideInText does so with the URLs inside a text, as far as they can be told
// from it, and with what JSON calls a token, a password or a secret: a page with
// the tokens of others may stand where an answer is expected.
func hideInText(s string) string {
	s = userInText.ReplaceAllString(s, "//…@")
	s = bareUserInText.ReplaceAllString(s, "…@")
	s = valueInText.ReplaceAllString(s, "${1}…")
	return secretInJSON.ReplaceAllStringFunc(s, func(m string) string {
		if aliasInText.MatchString(m) || strings.HasSuffix(m, `"`) {
			return m // one of ours, which has a name; or none
		}
		return secretInJSON.ReplaceAllString(m, "${1}…")
	})
}

// maxSearched is how much of a text is looked through for tokens, in bytes. It is
// many times what is kept of one.
const maxSearched = 64 << 10

// foreignText makes a server's text fit to be kept: cleaned and cut, without
// tokens, and without what may be a secret of others in URLs. Tokens go first:
// one that stands in a URL would no longer be recognised behind it.
func foreignText(v *secret.Vault, s string, max int) string {
	if len(s) > maxSearched { // the search takes a third of a second for 1 MiB
		s = blank(v, s[:maxSearched], maxSearched)
		s = s[:len(s)-len(s)/8] // a token that the cut goes through ends here
	}
	return foreign.Clean(hideInText(blank(v, s, len(s))), max)
}

// foreignURL does so with a text that is one URL.
func foreignURL(v *secret.Vault, s string, max int) string {
	return foreign.Clean(HideURL(blank(v, s, len(s))), max)
}

// blank cleans text that may hold tokens. It blanks them before the text is cut
// to length, so that none is cut in two, and once more behind the cleaning, so
// that none is put together by it.
func blank(v *secret.Vault, s string, max int) string {
	if v == nil {
		return foreign.Clean(s, max)
	}
	return foreign.Clean(v.Redact(foreign.Clean(v.Redact(s), len(s))), max)
}

// Lengths in runes to which foreign text is cut.
const (
	maxText = 200  // one-line texts: errors, reasons, header values
	maxBody = 1024 // the start of an HTTP body
)
