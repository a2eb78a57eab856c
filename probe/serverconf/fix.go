package serverconf

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// OpenHost and OpenName stand in a fix for what the files cannot tell: the host that
// clients use, and the name that the certificate is for.
const (
	OpenHost = "<public IP or domain>"
	OpenName = "<domain of the certificate>"
)

// kv is a setting to write.
type kv struct{ key, value string }

// fix writes the settings that fix an issue, as the server's file and as variables.
func (in *instance) fix(is *probe.ConfigIssue, pairs ...kv) {
	if in.cat.v3 {
		is.In, is.YAML = "wukongim.toml", tomlOf(pairs)
	} else {
		is.In, is.YAML = "wk.yaml", yamlOf(pairs)
	}
	lines, feeds := make([]string, 0, len(pairs)), make([]string, 0, len(pairs))
	for _, p := range pairs {
		name := envName(p.key)
		if k := in.cat.lookup(p.key); k != nil {
			name = k.env
		}
		lines = append(lines, name+"="+p.value)
		if feed := in.fedBy(name); feed != "" {
			feeds = append(feeds, feed+"="+p.value)
		}
	}
	is.Env = strings.Join(lines, "\n")
	if len(feeds) == len(lines) && len(feeds) > 0 {
		is.Env, is.EnvIn = strings.Join(feeds, "\n"), ".env"
	}
}

// fedBy gives the variable from which a compose file takes the whole value of one of
// the service's: what stands in the compose file is to stay, and what is set beside it
// decides. "" where there is none.
func (in *instance) fedBy(name string) string {
	i := findEnv(in.env, name)
	if i < 0 || in.svc == nil || in.env[i].literal {
		return ""
	}
	inner, ok := strings.CutPrefix(strings.TrimSpace(in.env[i].raw), "${")
	if !ok || closing(inner) != len(inner)-1 {
		return ""
	}
	feed := variableName(inner)
	if op, _ := operator(inner[len(feed):]); strings.HasSuffix(op, "+") {
		return "" // its value is never the variable's
	}
	return cleanKey(feed)
}

// yamlOf nests keys with one dot; keys of one block must stand together.
func yamlOf(pairs []kv) string {
	var lines []string
	block := ""
	for _, p := range pairs {
		head, leaf, nested := strings.Cut(p.key, ".")
		if !nested {
			lines = append(lines, p.key+": "+yamlValue(p.value))
			continue
		}
		if head != block {
			lines = append(lines, head+":")
			block = head
		}
		lines = append(lines, "  "+leaf+": "+yamlValue(p.value))
	}
	return strings.Join(lines, "\n")
}

func yamlValue(s string) string {
	if s == "true" || s == "false" {
		return s
	}
	return strconv.Quote(s)
}

func tomlOf(pairs []kv) string {
	var lines []string
	table := ""
	for _, p := range pairs {
		head, leaf, _ := strings.Cut(p.key, ".")
		if head != table {
			lines = append(lines, "["+head+"]")
			table = head
		}
		lines = append(lines, leaf+" = "+yamlValue(p.value))
	}
	return strings.Join(lines, "\n")
}

// composeFix is a fix that stands in the compose file, under the service.
func (in *instance) composeFix(is *probe.ConfigIssue, lines ...string) {
	name := "wukongim"
	if in.svc != nil {
		name = cleanName(in.svc.name)
	}
	out := []string{"services:", "  " + name + ":"}
	for _, l := range lines {
		out = append(out, "    "+l)
	}
	is.In, is.YAML, is.Env = "compose file", strings.Join(out, "\n"), ""
}

// wish gives the value to write for a key: what the user wrote where it may be
// shown, else a name in angle brackets.
func wish(info *keyInfo, written string) string {
	shown := showValue(info, written)
	if shown != "" && !strings.Contains(shown, "…") {
		return shown
	}
	switch {
	case info.secret:
		return "<" + lastPart(info.path) + ">"
	case info.kind == "bool":
		return "true"
	default:
		return sample(info.path)
	}
}

// sample shows the form of a value.
func sample(key string) string {
	switch key {
	case KeyExternalIP:
		return OpenHost
	case KeyExternalTCPAddr, KeyV3ExternalTCP:
		return OpenHost + ":5100"
	case KeyExternalWSAddr, KeyV3ExternalWS:
		return "ws://" + OpenHost + ":5200"
	case KeyExternalWSSAddr, KeyV3ExternalWSS:
		return "wss://" + OpenName + ":5210"
	case KeyExternalAPIURL:
		return "http://" + OpenHost + ":5001"
	case KeyCertFile:
		return "<path of the certificate>"
	case KeyKeyFile:
		return "<path of its key>"
	default:
		if d := listenerDefault(key); d != "" {
			return d
		}
		return "<" + lastPart(key) + ">"
	}
}

// listenerDefault is what a listener should be set to.
func listenerDefault(key string) string {
	if key == KeyWSSAddr {
		return "wss://0.0.0.0:5210"
	}
	if slices.Contains([]string{KeyAddr, KeyWSAddr, KeyHTTPAddr}, key) {
		return defaultOf(key, anyV1V2())
	}
	return ""
}
