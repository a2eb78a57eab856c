package serverconf

import (
	"path"
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// service is one server in a compose file.
type service struct {
	name        string
	source      string // the compose file
	line        int
	image       string // after ${…}; "" = built from source or not known
	env         []envVar
	volumes     []volume
	ports       []port
	portsLine   int
	hostNetwork bool
	unknownEnv  bool // an env_file was not shown
	config      string
	configArg   bool // config comes from a --config argument
}

// envVar is a variable as the server's process gets it.
type envVar struct {
	raw string // the value with its ${…}
	envLine
	use     usage
	missing bool // compose passes nothing: a bare name that is not set
}

// composeFile is what a compose file says about the servers in it.
type composeFile struct {
	name     string
	services []*service
	others   []string // names of the other services
	taken    []port   // ports that the other services publish
	problem  *yamlProblem
	broken   []envLine       // environment entries that compose refuses
	usedVars map[string]bool // variables that some service uses
}

// composeReader turns a compose file into services.
type composeReader struct {
	vars variables
	file *composeFile
	env  func(name string) (data []byte, source string, ok bool) // an env_file
}

// maxServers bounds the servers of one compose file.
const maxServers = 16

func (r *composeReader) read(src Source) {
	root, problem := parseYAML(src.Data)
	if problem != nil {
		r.file.problem = problem
		return
	}
	for _, p := range root.get("services").pairsOf() {
		if len(r.file.services) == maxServers {
			return
		}
		svc := r.service(p)
		if svc.isServer() {
			r.file.services = append(r.file.services, svc)
			continue
		}
		r.file.others = append(r.file.others, svc.name)
		r.file.taken = append(r.file.taken, svc.ports...)
	}
}

func (n *node) pairsOf() []pair {
	if n == nil {
		return nil
	}
	return n.pairs
}

// text reads a scalar with ${…} replaced.
func (r *composeReader) text(n *node) string {
	if n == nil || n.kind != nodeScalar {
		return ""
	}
	return r.expand(n.text, &usage{})
}

func (r *composeReader) expand(s string, use *usage) string {
	out := r.vars.interpolate(s, use, 0)
	for _, name := range use.names {
		r.file.usedVars[name] = true
	}
	return out
}

func (r *composeReader) service(p pair) *service {
	s := &service{name: p.key, source: r.file.name, line: p.line, image: r.text(p.value.get("image"))}
	s.hostNetwork = r.text(p.value.get("network_mode")) == "host"
	r.envFiles(s, p.value.get("env_file"))
	r.environment(s, p.value.get("environment"))
	s.volumes = r.volumes(p.value)
	if ports := p.value.get("ports"); ports != nil {
		s.portsLine = ports.line
		for _, item := range ports.items {
			if len(s.ports) > maxRange {
				break
			}
			s.ports = append(s.ports, r.port(item)...)
		}
	}
	s.config, s.configArg = configArgument(append(r.words(p.value.get("entrypoint")), r.words(p.value.get("command"))...)...)
	return s
}

func (r *composeReader) words(n *node) []string {
	if n == nil {
		return nil
	}
	if n.kind == nodeScalar {
		return strings.Fields(r.text(n))
	}
	var out []string
	for _, i := range n.items {
		out = append(out, r.text(i))
	}
	return out
}

// configArgument finds the last --config of a command line: it overrides the one of
// the image's entry point.
func configArgument(words ...string) (file string, found bool) {
	for i, w := range words {
		w = strings.Trim(w, `"'`)
		name, value, eq := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if name != "config" || !strings.HasPrefix(w, "-") {
			continue
		}
		if !eq && i+1 < len(words) {
			value = strings.Trim(words[i+1], `"'`)
		}
		file, found = value, true
	}
	return file, found
}

// isServer: the image is named wukongim, or the service gets WK_ variables, or it
// is called so and says nothing else.
func (s *service) isServer() bool {
	if s.image != "" {
		image, _, _ := strings.Cut(s.image, "@")
		base := path.Base(image)
		base, _, _ = strings.Cut(base, ":")
		if base == "wukongim" || strings.HasPrefix(base, "wukongim-dev") {
			return !slices.ContainsFunc(s.env, func(e envVar) bool {
				return strings.HasPrefix(e.name, "WK_SIM_") || strings.HasPrefix(e.name, "WK_ANALYSIS_")
			})
		}
		if strings.Contains(base, "tangsengdaodao") || strings.Contains(base, "prometheus") || strings.Contains(base, "nginx") {
			return false
		}
	} else if strings.Contains(strings.ToLower(s.name), "wukongim") {
		return true
	}
	return slices.ContainsFunc(s.env, func(e envVar) bool {
		return strings.HasPrefix(e.name, "WK_EXTERNAL_") || strings.HasPrefix(e.name, "WK_TOKENAUTHON") || e.name == "WK_CLUSTER_NODEID"
	})
}

// imageSpan reads the releases off an image tag: v2.2.5-20260422, v1.2.6, v2, v1.
func (s *service) imageSpan() (span, bool) {
	image, _, _ := strings.Cut(s.image, "@")
	_, tag, found := strings.Cut(path.Base(image), ":")
	if !found {
		return span{}, false
	}
	tag, _, _ = strings.Cut(strings.TrimPrefix(tag, "v"), "-")
	switch tag {
	case "1":
		return span{10006, 10206}, true
	case "2":
		return span{20001, 20205}, true
	case "3":
		return span{firstV3, 39999}, true
	}
	if r, ok := probe.ParseRelease(tag); ok {
		return span{r, r}, true
	}
	return span{}, false
}
