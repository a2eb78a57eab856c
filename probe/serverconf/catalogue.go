package serverconf

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// span is a range of releases, both ends included.
type span struct{ lo, hi probe.Release }

func (s span) overlaps(t span) bool { return s.lo <= t.hi && t.lo <= s.hi }

// within says whether the whole span lies in t.
func (s span) within(t span) bool { return t.lo <= s.lo && s.hi <= t.hi }

const firstV3 probe.Release = 30000

// anyV1V2 are the releases with a wk.yaml.
func anyV1V2() span { return span{10000, 20205} }

// spanOf gives the releases of a generation; ok is false where it is not known.
func spanOf(g probe.Generation) (s span, ok bool) {
	if s.lo, s.hi, ok = g.Releases(); !ok {
		return anyV1V2(), false
	}
	return s, true
}

// generationOf names the generation of a span; "" if it has several.
func generationOf(s span) probe.Generation {
	for _, g := range probe.Generations() {
		if in, _ := spanOf(g); s.within(in) {
			return g
		}
	}
	return ""
}

// keyInfo is one setting that some release reads.
type keyInfo struct {
	path    string // as the server spells it
	env     string
	kind    string // string, bool, number, duration or list
	read    []span // releases that read it
	secret  bool
	tracked bool // it is in a Config: clients or authentication depend on it
	address bool
}

func (k *keyInfo) readBy(s span) bool {
	return slices.ContainsFunc(k.read, s.overlaps)
}

// catalogue is what a server can be told.
type catalogue struct {
	v3    bool
	keys  []*keyInfo
	byLow map[string]*keyInfo // lower-case path; v3 compares case too, see lookup
	byEnv map[string]*keyInfo
}

func newCatalogue(v3 bool) *catalogue {
	c := &catalogue{v3: v3, byLow: map[string]*keyInfo{}, byEnv: map[string]*keyInfo{}}
	table := settingsV1V2
	if v3 {
		table = settingsV3
	}
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) >= 2 {
			c.add(f)
		}
	}
	for _, k := range c.keys {
		c.byEnv[k.env] = k
	}
	return c
}

func (c *catalogue) add(f []string) {
	low := strings.ToLower(f[0])
	k := c.byLow[low]
	if k == nil {
		k = &keyInfo{path: f[0], kind: f[1], env: envName(f[0]), secret: secretKey(f[0])}
		k.tracked = slices.Contains(trackedKeys(c.v3), k.path)
		k.address = k.tracked && addressKey(k.path)
		c.byLow[low] = k
		c.keys = append(c.keys, k)
	}
	if c.v3 {
		k.read = []span{{firstV3, 39999}}
		if len(f) > 2 {
			k.env = f[2]
		}
		return
	}
	lo, _ := probe.ParseRelease(f[2])
	hi, _ := probe.ParseRelease(f[3])
	k.read = append(k.read, span{lo, hi})
}

// envName is the variable that viper asks for.
func envName(path string) string {
	return "WK_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// lookup finds a key as the server would: v3 compares case, the others do not.
func (c *catalogue) lookup(path string) *keyInfo {
	k := c.byLow[strings.ToLower(path)]
	if k != nil && c.v3 && k.path != path {
		return nil
	}
	return k
}

// section says whether some key stands below this path.
func (c *catalogue) section(path string) bool {
	low := strings.ToLower(path) + "."
	return slices.ContainsFunc(c.keys, func(k *keyInfo) bool { return strings.HasPrefix(strings.ToLower(k.path), low) })
}

// trackedKeys lists the keys of a Config, in its order.
func trackedKeys(v3 bool) []string {
	if v3 {
		return []string{KeyV3Listen, KeyV3ExternalTCP, KeyV3ExternalWS, KeyV3ExternalWSS, KeyV3Listeners}
	}
	return []string{
		KeyTokenAuthOn, KeyManagerToken, KeyManagerUID, KeyVisitorsSuffix, KeyMode, KeyStress,
		KeyAddr, KeyWSAddr, KeyWSSAddr, KeyHTTPAddr, KeyCertFile, KeyKeyFile,
		KeyExternalIP, KeyExternalTCPAddr, KeyExternalWSAddr, KeyExternalWSSAddr, KeyExternalAPIURL, KeyAutoGetExternalIP,
		KeyClusterOn, KeyClusterInitNodes, KeyDisableJSONRPC, KeyDisableEncryption,
	}
}
