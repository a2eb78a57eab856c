package serverconf

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// A Source is one file, as read by the caller.
type Source struct {
	Name string // path as the user gave it; it names the source in every output
	Data []byte
}

// Options says what is known beside the sources. The zero value is ready.
type Options struct {
	// Generation is the one that was measured; "" and GenUnknown take it from the
	// image in the compose file, or from the kind of file, else leave it open.
	Generation probe.Generation
	// LookupEnv answers for ${VAR} in a compose file, before any .env file. nil: nothing is set.
	LookupEnv func(name string) (string, bool)
	// ReadFile gives the content of an env_file of the compose file, or of the .env
	// beside it, where it is not among the sources. nil: such a file is unknown.
	ReadFile func(name string) ([]byte, error)
}

// The kinds of source, as a probe.ConfigSource names them.
const (
	kindYAML    = "yaml"    // wk.yaml, 1.0.0 to 2.2.5
	kindTOML    = "toml"    // wukongim.toml, v3
	kindEnv     = "env"     // NAME=value lines
	kindCompose = "compose" // a compose file
	kindUnknown = "unknown" // none of them; it is left out
)

// reading is what the sources say, with the settings that nobody wrote.
type reading struct {
	config  config
	issues  []probe.ConfigIssue
	sources []probe.ConfigSource
}

// facts keeps what belongs to a diagnosis.
func (r *reading) facts() *probe.ConfigFacts {
	f := &probe.ConfigFacts{
		Sources: append([]probe.ConfigSource{}, r.sources...), Generation: string(r.config.generation), Service: r.config.service,
		Values: []probe.ConfigValue{}, Issues: append([]probe.ConfigIssue{}, r.issues...),
	}
	if len(r.config.values) > 0 {
		f.Route = &r.config.route
	}
	for _, v := range r.config.values {
		if v.set() || !v.Known {
			v.Origin = v.from.String()
			f.Values = append(f.Values, v.ConfigValue)
		}
	}
	return f
}

// config is what would be in force.
type config struct {
	generation probe.Generation // "" = not known
	service    string           // the compose service that was read; "" = no compose file
	values     []value          // in the order of trackedKeys
	route      probe.Advertised // what /route would answer
}

// get gives the value of a key; one with Known false where there is none.
func (c config) get(key string) value {
	for _, v := range c.values {
		if v.Key == key {
			return v
		}
	}
	return value{ConfigValue: probe.ConfigValue{Key: key}, from: origin{kind: originDefault}}
}

// value is one setting and the place that decides it.
type value struct {
	probe.ConfigValue
	secret bool // Text is not the value
	from   origin
}

// set says whether someone wrote the value, or may have.
func (v value) set() bool { return v.from.kind != originDefault }

// on reads a bool; false too where the value is not known.
func (v value) on() bool { return v.Text == "true" }

// originKind says what decides a value.
type originKind string

const (
	originDefault originKind = "default"
	originFile    originKind = "file"
	originEnv     originKind = "env"
)

// origin is the place that decides a value.
type origin struct {
	kind      originKind
	env       string // the variable
	source    string // name of the source
	line, col int    // from 1; 0 = not known
}

// String gives "default", "wk.yaml:12" or "env WK_MODE at compose.yaml:9".
func (o origin) String() string {
	switch o.kind {
	case originFile:
		return place(o.source, o.line)
	case originEnv:
		return "env " + o.env + " at " + place(o.source, o.line)
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

// written shows a setting as its file has it; a value that is empty, or must not be
// shown, is left out.
func written(key, text string, v3 bool) string {
	sign := ": "
	switch {
	case key == "" || text == "":
		return key
	case v3 && strings.ToUpper(key) != key:
		sign = " = "
	case strings.ToUpper(key) == key: // a variable
		sign = "="
	}
	return key + sign + text
}

// The keys of 1.0.0 to 2.2.5.
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

// The keys of v3.
const (
	KeyV3Listen      = "api.listen_addr"
	KeyV3ExternalTCP = "api.external_tcp_addr"
	KeyV3ExternalWS  = "api.external_ws_addr"
	KeyV3ExternalWSS = "api.external_wss_addr"
	KeyV3Listeners   = "gateway.listeners"
)
