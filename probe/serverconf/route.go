package serverconf

import (
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// notKnown stands in a Route for an address that hangs on what was not shown.
const notKnown = "<not known>"

// route composes the addresses as ConfigureWithViper does (v1.2.6 options.go:365-403,
// v2.2.5 options.go:902-950): what is missing is put together from external.ip, or
// the address of a network interface, and the port of the listener.
func route(c config) probe.Advertised {
	host := advertisedHost(c)
	r := probe.Advertised{
		TCP: advertised(c, KeyExternalTCPAddr, KeyAddr, host, false),
		WS:  advertised(c, KeyExternalWSAddr, KeyWSAddr, host, true),
	}
	if listener := c.get(KeyWSSAddr); strings.TrimSpace(listener.Text) != "" || c.get(KeyExternalWSSAddr).Text != "" || !c.get(KeyExternalWSSAddr).Known {
		r.WSS = advertised(c, KeyExternalWSSAddr, KeyWSSAddr, host, true)
	}
	return r
}

func advertisedHost(c config) string {
	ip := c.get(KeyExternalIP)
	switch {
	case !ip.Known:
		return notKnown
	case strings.TrimSpace(ip.Text) != "":
		return ip.Text
	case c.get(KeyAutoGetExternalIP).on():
		return "<public IP>"
	default:
		return probe.HostUnknown
	}
}

func advertised(c config, key, listenerKey, host string, scheme bool) string {
	v, listener := c.get(key), c.get(listenerKey)
	if !v.Known {
		return notKnown
	}
	if strings.TrimSpace(v.Text) != "" {
		return cleanAddress(v.Text)
	}
	parts := strings.Split(listener.Text, ":")
	out := host + ":" + parts[len(parts)-1]
	if scheme {
		out = parts[0] + "://" + out
	}
	return cleanAddress(out)
}

// routeV3: what is missing is the listener's own address, 0.0.0.0 included
// (internal/app/app.go legacyRouteAddressesFromListeners, b249d3a). Only the default
// listeners are known here.
func routeV3(c config) probe.Advertised {
	pick := func(key, fallback string) string {
		v := c.get(key)
		switch {
		case !v.Known:
			return notKnown
		case strings.TrimSpace(v.Text) != "":
			return cleanAddress(v.Text)
		case c.get(KeyV3Listeners).set() && fallback != "":
			return notKnown
		default:
			return fallback
		}
	}
	return probe.Advertised{
		TCP: pick(KeyV3ExternalTCP, "0.0.0.0:5100"),
		WS:  pick(KeyV3ExternalWS, "ws://0.0.0.0:5200"),
		WSS: pick(KeyV3ExternalWSS, ""),
	}
}
