package probe

import (
	"net/netip"
	"strings"
)

// Address is one of the addresses that /route hands to clients, tried from here.
type Address struct {
	Role      Role         `json:"role"`
	URL       string       `json:"url"` // as advertised; foreign
	Class     AddressClass `json:"class"`
	SameHost  bool         `json:"same_host"` // it names the host by which the API was reached
	Outcome   Outcome      `json:"outcome"`   // pass: it answers as its role asks; skip: nothing to dial
	Speaks    Speaks       `json:"speaks,omitempty"`
	OnlyTCP   bool         `json:"only_tcp,omitempty"` // it takes connections; nothing was sent there, because a TLS greeting could end the server
	Fault     *Fault       `json:"fault,omitempty"`
	ElapsedMS float64      `json:"elapsed_ms"`
}

// Role is what an advertised address is for.
type Role string

// The roles, named as /route names them.
const (
	RoleTCP Role = "tcp_addr"
	RoleWS  Role = "ws_addr"
	RoleWSS Role = "wss_addr"
)

// AddressClass says from where an address can be reached.
type AddressClass string

// The classes of address.
const (
	ClassEmpty       AddressClass = "empty"       // nothing is advertised
	ClassMalformed   AddressClass = "malformed"   // wrong scheme, or no host and port
	ClassUnspecified AddressClass = "unspecified" // 0.0.0.0 or ::, which nobody can dial
	ClassLoopback    AddressClass = "loopback"    // this machine only
	ClassContainer   AddressClass = "container"   // 172.17 to 172.31: where Docker puts its networks
	ClassPrivate     AddressClass = "private"     // RFC 1918, RFC 4193, link-local: the same network only
	ClassPublic      AddressClass = "public"
	ClassName        AddressClass = "name" // a host name
)

// dockerNetworks are the ranges from which Docker takes the networks it makes
// by itself; 172.16/16 is left out, being common in plain LANs.
func dockerNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("172.17.0.0/16"), netip.MustParsePrefix("172.18.0.0/15"),
		netip.MustParsePrefix("172.20.0.0/14"), netip.MustParsePrefix("172.24.0.0/13"),
	}
}

// ClassOf classifies the host of an address.
func ClassOf(host string) AddressClass {
	if host == "" {
		return ClassMalformed
	}
	if strings.EqualFold(host, "localhost") {
		return ClassLoopback
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ClassName
	}
	ip = ip.Unmap()
	for _, p := range dockerNetworks() {
		if p.Contains(ip) {
			return ClassContainer
		}
	}
	switch {
	case ip.IsUnspecified():
		return ClassUnspecified
	case ip.IsLoopback():
		return ClassLoopback
	case ip.IsPrivate(), ip.IsLinkLocalUnicast():
		return ClassPrivate
	}
	return ClassPublic
}
