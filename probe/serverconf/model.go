package serverconf

import "strconv"

// A Source is one file, as read by the caller.
type Source struct {
	Name string // path as the user gave it; it names the source in every output
	Data []byte
}

// Options says what is known beside the sources. The zero value is ready.
type Options struct {
	// Generation is v1.0, v1, v2-beta, v2.0, v2 or v3; "" takes it from the image
	// in the compose file, or from the kind of file, else leaves it open. An
	// unknown name counts as "".
	Generation string
	// LookupEnv answers for ${VAR} in a compose file, before any .env file. nil: nothing is set.
	LookupEnv func(name string) (string, bool)
	// ReadFile gives the content of an env_file of the compose file, or of the .env
	// beside it, where it is not among the sources. nil: such a file is unknown.
	ReadFile func(name string) ([]byte, error)
}

// A Result is what the sources say.
type Result struct {
	Config  Config       `json:"config"`
	Issues  []Issue      `json:"issues,omitempty"` // the root cause first
	Sources []SourceInfo `json:"sources,omitempty"`
}

// SourceInfo says what a source was taken for.
type SourceInfo struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Kind is what a source holds.
type Kind string

// The kinds of source.
const (
	KindYAML    Kind = "yaml"    // wk.yaml, 1.0.0 to 2.2.5
	KindTOML    Kind = "toml"    // wukongim.toml, v3
	KindEnv     Kind = "env"     // NAME=value lines
	KindCompose Kind = "compose" // a compose file
	KindUnknown Kind = "unknown" // none of them; it is left out
)

// Config is what would be in force.
type Config struct {
	Generation string  `json:"generation,omitempty"` // "" = not known
	Service    string  `json:"service,omitempty"`    // the compose service that was read; "" = no compose file
	Values     []Value `json:"values"`               // fixed order, see the Key constants
	Route      Route   `json:"route"`                // what /route would hand to clients
}

// Route is what GET /route would answer from these settings. HostUnknown stands
// where the server puts an address it finds out itself.
type Route struct {
	TCP string `json:"tcp_addr"`
	WS  string `json:"ws_addr"`
	WSS string `json:"wss_addr"` // "" = none is advertised
}

// HostUnknown stands in a Route for the host that a server without external.ip
// takes from its own network interfaces: in a container, the container's address.
const HostUnknown = "<intranet address>"

// A Value is one setting with the place that decides it.
type Value struct {
	Key    string `json:"key"`              // one of the Key constants
	Text   string `json:"text"`             // what the server uses; a secret shows "set" or ""
	Secret bool   `json:"secret,omitempty"` // Text is not the value
	Known  bool   `json:"known"`            // false: it hangs on a variable or a file that was not shown
	Origin Origin `json:"origin"`
}

// Set says whether someone wrote the value, or may have.
func (v Value) Set() bool { return v.Origin.Kind != OriginDefault }

// On reads a bool; false too where the value is not known.
func (v Value) On() bool { return v.Text == "true" }

// OriginKind says what decides a value.
type OriginKind string

// The kinds of origin.
const (
	OriginDefault OriginKind = "default"
	OriginFile    OriginKind = "file"
	OriginEnv     OriginKind = "env"
)

// Origin is the place that decides a value.
type Origin struct {
	Kind   OriginKind `json:"kind"`
	Env    string     `json:"env,omitempty"`    // the variable
	Source string     `json:"source,omitempty"` // name of the source
	Line   int        `json:"line,omitempty"`   // from 1
	Column int        `json:"column,omitempty"` // from 1; 0 = not known
}

// String gives "default", "wk.yaml:12" or "env WK_MODE at compose.yaml:9".
func (o Origin) String() string {
	switch o.Kind {
	case OriginFile:
		return place(o.Source, o.Line)
	case OriginEnv:
		return "env " + o.Env + " at " + place(o.Source, o.Line)
	default:
		return "default"
	}
}

func place(source string, line int) string {
	if line <= 0 {
		return source
	}
	return source + ":" + strconv.Itoa(line)
}

// Get gives the value of a key; a Value with Known false where there is none.
func (c Config) Get(key string) Value {
	for _, v := range c.Values {
		if v.Key == key {
			return v
		}
	}
	return Value{Key: key, Origin: Origin{Kind: OriginDefault}}
}

// The keys in a Config of 1.0.0 to 2.2.5.
const (
	KeyMode              = "mode"
	KeyTokenAuthOn       = "tokenAuthOn"
	KeyManagerToken      = "managerToken" // secret
	KeyManagerUID        = "managerUID"
	KeyVisitorsSuffix    = "customerService.visitorsSuffix"
	KeyStress            = "stress" // true turns tokenAuthOn off (2.0.7 to 2.2.5)
	KeyAddr              = "addr"
	KeyWSAddr            = "wsAddr"
	KeyWSSAddr           = "wssAddr"
	KeyHTTPAddr          = "httpAddr"
	KeyExternalIP        = "external.ip"
	KeyExternalTCPAddr   = "external.tcpAddr"
	KeyExternalWSAddr    = "external.wsAddr"
	KeyExternalWSSAddr   = "external.wssAddr"
	KeyExternalAPIURL    = "external.apiUrl"
	KeyAutoGetExternalIP = "external.autoGetExternalIP"
	KeyCertFile          = "wssConfig.certFile"
	KeyKeyFile           = "wssConfig.keyFile"
	KeyClusterOn         = "cluster.on" // read by no release
	KeyClusterInitNodes  = "cluster.initNodes"
	KeyDisableJSONRPC    = "disableJSONRPC"
	KeyDisableEncryption = "disableEncryption"
)

// The keys in a Config of v3.
const (
	KeyV3Listen      = "api.listen_addr"
	KeyV3ExternalTCP = "api.external_tcp_addr"
	KeyV3ExternalWS  = "api.external_ws_addr"
	KeyV3ExternalWSS = "api.external_wss_addr"
	KeyV3Listeners   = "gateway.listeners"
)
