package probe

import (
	"slices"

	"github.com/wkctl/wkctl/probe/serverconf"
)

// ConfigFacts is what the server's own configuration says, as read from the
// files that the user named. It is plain data, so that a saved diagnosis can be
// explained again without them.
type ConfigFacts struct {
	Sources    []ConfigSource `json:"sources"`              // what was read, in the order given
	Generation string         `json:"generation,omitempty"` // that the files are for; "" = they do not say
	Service    string         `json:"service,omitempty"`    // the compose service; "" = no compose file
	Route      *Advertised    `json:"route,omitempty"`      // what /route would answer with these settings; nil = nothing could be read
	Values     []ConfigValue  `json:"values"`               // the settings that somebody wrote
	Issues     []ConfigIssue  `json:"issues"`               // the root cause first
}

// ConfigSource is one file.
type ConfigSource struct {
	Name string `json:"name"` // as the user gave it
	Kind string `json:"kind"` // yaml, toml, env, compose or unknown
}

// ConfigValue is one setting and what decides it.
type ConfigValue struct {
	Key    string `json:"key"`
	Text   string `json:"text"`             // of a secret only whether it is "set"
	Known  bool   `json:"known"`            // false: it hangs on something that was not shown
	Origin string `json:"origin,omitempty"` // "wk.yaml:12", "env WK_MODE at compose.yaml:9"
}

// ConfigIssue is a setting that is not in force, or cannot work.
type ConfigIssue struct {
	Code      string            `json:"code"` // WK701 and up
	Severity  Severity          `json:"severity"`
	Where     string            `json:"where"`             // file:line
	Setting   string            `json:"setting,omitempty"` // the server's key; ending in "." a whole block, "" the whole file
	Args      map[string]string `json:"args"`              // what the texts are filled with
	Evidence  string            `json:"evidence"`
	YAML      string            `json:"yaml,omitempty"` // the fix, for the file that In names
	In        string            `json:"in,omitempty"`   // wk.yaml, wukongim.toml or compose file
	Env       string            `json:"env,omitempty"`  // the fix as environment variables
	DependsOn []string          `json:"depends_on,omitempty"`
}

// HostUnknown stands in a ConfigFacts.Route for the host that a server finds out
// itself.
const HostUnknown = serverconf.HostUnknown

// NewConfigFacts takes over what serverconf has read.
func NewConfigFacts(r serverconf.Result) *ConfigFacts {
	c := &ConfigFacts{
		Sources: []ConfigSource{}, Generation: r.Config.Generation, Service: r.Config.Service,
		Values: []ConfigValue{}, Issues: []ConfigIssue{},
	}
	for _, s := range r.Sources {
		c.Sources = append(c.Sources, ConfigSource{Name: s.Name, Kind: string(s.Kind)})
	}
	if len(r.Config.Values) > 0 {
		c.Route = &Advertised{TCP: r.Config.Route.TCP, WS: r.Config.Route.WS, WSS: r.Config.Route.WSS}
	}
	for _, v := range r.Config.Values {
		if v.Set() || !v.Known {
			c.Values = append(c.Values, ConfigValue{Key: v.Key, Text: v.Text, Known: v.Known, Origin: v.Origin.String()})
		}
	}
	for i := range r.Issues {
		c.Issues = append(c.Issues, configIssue(&r.Issues[i]))
	}
	return c
}

func configIssue(is *serverconf.Issue) ConfigIssue {
	out := ConfigIssue{
		Code: is.Code, Severity: Severity(is.Severity), Where: is.Where, Setting: is.Args["setting"], Args: map[string]string{},
		Evidence: is.Evidence, YAML: is.Fix.YAML, In: is.Fix.In, Env: is.Fix.Env, DependsOn: slices.Clone(is.DependsOn),
	}
	for k, v := range is.Args {
		out.Args[k] = v
	}
	out.Args["where"], out.Args["key"], out.Args["value"] = is.Where, is.Key, is.Value
	return out
}

// Value gives a setting; ok is false where nobody wrote it.
func (c *ConfigFacts) Value(key string) (v ConfigValue, ok bool) {
	for _, v := range c.Values {
		if v.Key == key {
			return v, true
		}
	}
	return ConfigValue{}, false
}
