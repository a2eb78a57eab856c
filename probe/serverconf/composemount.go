package serverconf

import (
	"path"
	"strconv"
	"strings"
)

// volume is one mount of a service.
type volume struct {
	source string // on the host; "" = none (anonymous, tmpfs)
	target string // in the container
	named  bool   // a named volume: nobody sees its content
	line   int
}

// volumes reads the short and the long form, and what configs and secrets mount.
func (r *composeReader) volumes(svc *node) []volume {
	var out []volume
	for _, item := range svc.get("volumes").itemsOf() {
		v := volume{line: item.line}
		if item.kind == nodeMapping {
			v.source, v.target = r.text(item.get("source")), r.text(item.get("target"))
			v.named = r.text(item.get("type")) == "volume"
		} else {
			v.source, v.target = splitVolume(r.text(item))
			v.named = v.source != "" && !strings.ContainsAny(v.source[:1], "./~\\") && !windowsPath(v.source)
		}
		if v.target != "" {
			v.target = path.Clean(v.target)
			out = append(out, v)
		}
	}
	for _, kind := range []string{"configs", "secrets"} {
		for _, item := range svc.get(kind).itemsOf() {
			name, target := r.text(item), ""
			if item.kind == nodeMapping {
				name, target = r.text(item.get("source")), r.text(item.get("target"))
			}
			out = append(out, volume{target: mountPoint(kind, name, target), named: true, line: item.line})
		}
	}
	return out
}

func (n *node) itemsOf() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// mountPoint is where the Compose specification puts a config or a secret.
func mountPoint(kind, name, target string) string {
	switch {
	case strings.HasPrefix(target, "/"):
		return path.Clean(target)
	case kind == "configs":
		return "/" + name
	case target != "":
		return "/run/secrets/" + target
	default:
		return "/run/secrets/" + name
	}
}

func windowsPath(s string) bool {
	return len(s) > 2 && s[1] == ':' && (s[2] == '\\' || s[2] == '/')
}

// splitVolume reads SOURCE:TARGET[:MODE], TARGET alone, and C:\dir:TARGET.
func splitVolume(s string) (source, target string) {
	drive := ""
	if windowsPath(s) {
		drive, s = s[:2], s[2:]
	}
	parts := strings.Split(s, ":")
	if len(parts) == 1 {
		return "", drive + parts[0]
	}
	return drive + parts[0], parts[1]
}

// holds gives the volume that a container path lies in, the innermost first, and
// the path on the host behind it.
func holds(volumes []volume, file string) (v volume, onHost string, ok bool) {
	best := -1
	for _, c := range volumes {
		if file != c.target && !strings.HasPrefix(file, strings.TrimSuffix(c.target, "/")+"/") || len(c.target) <= best {
			continue
		}
		best, v, ok = len(c.target), c, true
		if c.source != "" && !c.named {
			onHost = path.Join(strings.ReplaceAll(c.source, `\`, "/"), strings.TrimPrefix(file, c.target))
		} else {
			onHost = ""
		}
	}
	return v, onHost, ok
}

// port is one published port.
type port struct {
	host, container int // host 0 = chosen by Docker, or not known
	loopback        bool
	known           bool // false: it hangs on a variable that was not shown
	line            int
}

// maxRange bounds what "1-65535:1-65535" unrolls to, and all ports of a service
const maxRange = 2000

func (r *composeReader) port(item *node) []port {
	use := usage{}
	if item.kind == nodeMapping {
		host := r.expand(textOf(item.get("published")), &use)
		container := r.expand(textOf(item.get("target")), &use)
		ip := r.expand(textOf(item.get("host_ip")), &use)
		return unroll(ip, host, container, port{known: !use.unknown, line: item.line})
	}
	s, protocol, _ := strings.Cut(r.expand(item.text, &use), "/")
	if protocol == "udp" {
		return nil
	}
	ip, host, container := "", "", s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, container = s[:i], s[i+1:]
		if j := strings.LastIndexByte(host, ':'); j >= 0 {
			ip, host = strings.Trim(host[:j], "[]"), host[j+1:]
		}
	}
	return unroll(ip, host, container, port{known: !use.unknown, line: item.line})
}

func textOf(n *node) string {
	if n == nil {
		return ""
	}
	return n.text
}

func unroll(ip, host, container string, p port) []port {
	p.loopback = ip == "127.0.0.1" || ip == "localhost" || ip == "::1"
	cFrom, cTo, ok := portRange(container)
	if !ok {
		p.known = false
		return []port{p}
	}
	hFrom, _, hostOK := portRange(host)
	var out []port
	for c := cFrom; c <= cTo && len(out) < maxRange; c++ {
		q := p
		q.container = c
		if hostOK {
			q.host = hFrom + c - cFrom
		}
		out = append(out, q)
	}
	return out
}

func portRange(s string) (from, to int, ok bool) {
	a, b, dash := strings.Cut(s, "-")
	if !dash {
		b = a
	}
	from, err1 := strconv.Atoi(a)
	to, err2 := strconv.Atoi(b)
	return from, to, err1 == nil && err2 == nil && from > 0 && to >= from && to < 65536
}
