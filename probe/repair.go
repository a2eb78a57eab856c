package probe

import (
	"cmp"
	"net"
	"strconv"
	"strings"
)

// Slip names what is wrong with an advertised address that clients cannot use as
// it is written.
type Slip string

// The slips.
const (
	SlipMarks  Slip = "marks"     // blanks or quotation marks around it
	SlipNone   Slip = "no-scheme" // a scheme is missing
	SlipScheme Slip = "scheme"    // not the one of its role
	SlipHost   Slip = "host"      // no host: that cannot be repaired
	SlipPort   Slip = "port"      // none where one is needed, or not a number from 1 to 65535
	SlipIPv6   Slip = "ipv6"      // an IPv6 address without brackets
)

// Repair gives the address that was most likely meant by one that /route advertises
// for a role, as /route would have to advertise it, and the first slip in it. The
// address is "" where it cannot be told; no slip means that nothing is wrong.
//
// What each role takes is what its SDKs dial: host:port for tcp_addr, a whole URL
// for the others, ws_addr with either scheme.
func Repair(role Role, raw string) (address string, slip Slip) {
	text := strings.Trim(raw, " \t\r\n\"'")
	if text != raw {
		slip = SlipMarks
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "", text
	}
	want := map[Role]string{RoleWS: "ws", RoleWSS: "wss"}[role]
	switch {
	case scheme == want, role == RoleWS && scheme == "wss":
		want = scheme
	case scheme == "":
		slip = cmp.Or(slip, SlipNone)
	default:
		slip = cmp.Or(slip, SlipScheme)
		if role == RoleWS && scheme == "https" {
			want = "wss"
		}
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host, port, wrong := endpoint(role, authority)
	if slip = cmp.Or(slip, wrong); host == "" {
		return "", slip
	}
	if authority = host; port != "" {
		authority = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		authority = "[" + host + "]"
	}
	if role == RoleTCP {
		return authority, slip
	}
	return want + "://" + authority + path, slip
}

// endpoint takes host and port apart; host is "" where there is none that could be
// told.
func endpoint(role Role, authority string) (host, port string, slip Slip) {
	usual := map[Role]string{RoleTCP: "5100", RoleWS: "5200", RoleWSS: "5210"}[role]
	host, port = authority, ""
	switch i := strings.LastIndexByte(authority, ':'); {
	case strings.HasPrefix(authority, "[") && strings.HasSuffix(authority, "]"):
		host = authority[1 : len(authority)-1]
	case strings.HasPrefix(authority, "[") && i > 0 && authority[i-1] == ']':
		host, port = authority[1:i-1], authority[i+1:]
	case strings.Count(authority, ":") > 1:
		return "", "", SlipIPv6
	case i >= 0:
		host, port = authority[:i], authority[i+1:]
	}
	if host == "" || strings.ContainsAny(host, " @[]\"'") {
		return "", "", SlipHost
	}
	n, err := strconv.Atoi(port)
	switch bad := port != "" && (err != nil || n < 1 || n > 65535); {
	case bad, port == "" && role == RoleTCP:
		return host, usual, SlipPort
	}
	return host, port, ""
}
