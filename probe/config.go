package probe

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
	Evidence  string            `json:"evidence"`          // the line as written, "external.ip: 203.0.113.7"; "" = about a whole file
	YAML      string            `json:"yaml,omitempty"`    // the fix, for the file that In names
	In        string            `json:"in,omitempty"`      // wk.yaml, wukongim.toml or compose file
	Env       string            `json:"env,omitempty"`     // the fix as environment variables
	EnvIn     string            `json:"env_in,omitempty"`  // the file that Env is for, where a compose file takes its variables from one; "" = the environment of the server
	DependsOn []string          `json:"depends_on,omitempty"`
}

// HostUnknown stands in a ConfigFacts.Route for the host that a server without
// external.ip takes from its own network interfaces: in a container, the container's
// address.
const HostUnknown = "<intranet address>"

// Value gives a setting; ok is false where nobody wrote it.
func (c *ConfigFacts) Value(key string) (v ConfigValue, ok bool) {
	for _, v := range c.Values {
		if v.Key == key {
			return v, true
		}
	}
	return ConfigValue{}, false
}
