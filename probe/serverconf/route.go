package serverconf

import "strings"

// notKnown stands in a Route for an address that hangs on what was not shown.
const notKnown = "<not known>"

// route composes the addresses as ConfigureWithViper does (v1.2.6 options.go:365-403,
// v2.2.5 options.go:902-950): what is missing is put together from external.ip, or
// the address of a network interface, and the port of the listener.
func route(c Config) Route {
	host := advertisedHost(c)
	r := Route{
		TCP: advertised(c, KeyExternalTCPAddr, KeyAddr, host, false),
		WS:  advertised(c, KeyExternalWSAddr, KeyWSAddr, host, true),
	}
	if listener := c.Get(KeyWSSAddr); strings.TrimSpace(listener.Text) != "" || c.Get(KeyExternalWSSAddr).Text != "" || !c.Get(KeyExternalWSSAddr).Known {
		r.WSS = advertised(c, KeyExternalWSSAddr, KeyWSSAddr, host, true)
	}
	return r
}

func advertisedHost(c Config) string {
	ip := c.Get(KeyExternalIP)
	switch {
	case !ip.Known:
		return notKnown
	case strings.TrimSpace(ip.Text) != "":
		return ip.Text
	case c.Get(KeyAutoGetExternalIP).On():
		return "<public IP>"
	default:
		return HostUnknown
	}
}

func advertised(c Config, key, listenerKey, host string, scheme bool) string {
	v, listener := c.Get(key), c.Get(listenerKey)
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
func routeV3(c Config) Route {
	pick := func(key, fallback string) string {
		v := c.Get(key)
		switch {
		case !v.Known:
			return notKnown
		case strings.TrimSpace(v.Text) != "":
			return cleanAddress(v.Text)
		case c.Get(KeyV3Listeners).Set() && fallback != "":
			return notKnown
		default:
			return fallback
		}
	}
	return Route{
		TCP: pick(KeyV3ExternalTCP, "0.0.0.0:5100"),
		WS:  pick(KeyV3ExternalWS, "ws://0.0.0.0:5200"),
		WSS: pick(KeyV3ExternalWSS, ""),
	}
}
