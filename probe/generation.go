package probe

import "github.com/wkctl/wkctl/probe/wire"

// Generation names the servers that behave alike on authentication.
type Generation string

// The generations (all 51 tagged releases were run).
const (
	GenUnknown Generation = "unknown"
	GenV10     Generation = "v1.0"    // 1.0.0–1.0.5: only flag 0's token counts
	GenV1      Generation = "v1"      // 1.0.6–1.2.6: (uid, flag); CONNACK reason 2
	GenV2Beta  Generation = "v2-beta" // 2.0.0-beta: one token per uid, the last one
	GenV20     Generation = "v2.0"    // 2.0.1–2.0.7: (uid, flag); CONNACK reason 2 with node id
	GenV2      Generation = "v2"      // 2.0.8–2.2.5: (uid, flag); refuses in silence
	GenV3      Generation = "v3"      // 3 beta: checks no token
)

// Generations lists the known generations, oldest first.
func Generations() []Generation {
	return []Generation{GenV10, GenV1, GenV2Beta, GenV20, GenV2, GenV3}
}

// SharesTokens says whether one token counts for more flags than its own.
func (g Generation) SharesTokens() bool { return g == GenV10 || g == GenV2Beta }

// HasDeviceStore says whether GET /cluster/devices shows the stored tokens
// (v2.0.1 pkg/cluster/clusterserver/server_api.go:47 and later v2).
func (g Generation) HasDeviceStore() bool { return g == GenV20 || g == GenV2 }

// LookupFlag gives the flag under which a server looks a token up when a client
// connects with connect: v1.0.0 to v1.0.5 always ask for flag 0 (processor.go:91
// of v1.0.5 asks for the flag of an unset field).
func (g Generation) LookupFlag(connect wire.DeviceFlag) wire.DeviceFlag {
	if g == GenV10 {
		return wire.FlagApp
	}
	return connect
}
