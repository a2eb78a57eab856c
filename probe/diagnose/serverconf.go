package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverconf"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// configCauses are the settings in the server's own configuration that are not
// in force (--server-config), and that it runs with another configuration. Codes,
// ids and their order are those of serverconf.
func configCauses() []Cause {
	known := configRows()
	list := []Cause{{Code: codeOtherConfig, ID: "server-setting-not-in-use", severity: probe.SeverityWarning, find: otherConfig}}
	for _, issue := range serverconf.Codes() {
		c := known[issue.Code]
		c.Code, c.ID, c.find = issue.Code, issue.ID, configIssue(issue.Code)
		list = append(list, c)
	}
	return list
}

// configRows holds what is known of the causes of serverconf beside their names.
func configRows() map[string]Cause {
	return map[string]Cause{
		serverconf.CodeSyntax: {Links: tickets("WuKongIM/WuKongIM#17", "WuKongIM/WuKongIM#50"),
			logKinds: map[serverlog.Kind]int{serverlog.KindConfigUnreadable: 0}},
		serverconf.CodeMisindented:  {Links: tickets("WuKongIM/WuKongIM#17", "WuKongIM/WuKongIM#69")},
		serverconf.CodeCommentedOut: {Links: tickets("WuKongIM/WuKongIM#351")},
		serverconf.CodeEnvEmpty:     {Links: tickets("Mininglamp-OSS/octo-deployment#154")},
		serverconf.CodeCertPath: {Links: tickets("WuKongIM/WuKongIM#192"),
			logKinds: map[serverlog.Kind]int{serverlog.KindCertUnreadable: 0}},
		serverconf.CodeWSSListenerOff:  {Links: tickets("WuKongIM/WuKongIM#424")},
		serverconf.CodeExternalMissing: {Links: tickets("WuKongIM/WuKongIM#16", "TangSengDaoDao/TangSengDaoDaoServer#9")},
		serverconf.CodeEnvName:         {Links: tickets("Mininglamp-OSS/octo-server#25")},
		serverconf.CodeUnusableAddress: {Links: tickets("TangSengDaoDao/TangSengDaoDaoServer#89", "WuKongIM/WuKongIM#209")},
		serverconf.CodeNodesToken:      {Links: tickets("WuKongIM/WuKongIM#159")},
		serverconf.CodeClusterOff: {Links: tickets("Mininglamp-OSS/octo-deployment#106"),
			logKinds: map[serverlog.Kind]int{serverlog.KindSlotNotReady: 0}},
		serverconf.CodeWSSCertMissing: {Links: tickets("WuKongIM/WuKongIM#56"),
			logKinds: map[serverlog.Kind]int{serverlog.KindTLSPanic: 1}},
		serverconf.CodeListenAddress: {Links: tickets("WuKongIM/WuKongIM#191"),
			logKinds: map[serverlog.Kind]int{serverlog.KindListenNotLocal: 0, serverlog.KindListenFailed: 0, serverlog.KindListenInUse: 0}},
		serverconf.CodeEnvNotPassed:     {Links: tickets("WuKongIM/WuKongIM#390")},
		serverconf.CodePortNotPublished: {Links: tickets("WuKongIM/WuKongIM#69", "WuKongIM/WuKongIM#404")},
	}
}

// maxConfigIssues bounds what one finding lists.
const maxConfigIssues = 5

// configIssue makes one finding of all issues with a code. The text is about the
// first, which is the worst.
func configIssue(code string) func(*facts) *finding {
	return func(f *facts) *finding {
		list := f.configIssues(code)
		if len(list) == 0 {
			return nil
		}
		first := list[0]
		found := &finding{Severity: first.Severity, Args: map[string]string{"variant": first.Args["reason"]}}
		for k, v := range first.Args {
			found.Args[k] = v
		}
		var fix snippet
		for _, is := range list[:min(len(list), maxConfigIssues)] {
			found.Evidence = append(found.Evidence, probe.Evidence{Source: "config", Text: lineOf(is)})
			fix.add(is)
			if len(is.DependsOn) > 0 && found.DependsOn == "" {
				found.DependsOn = is.DependsOn[0]
			}
		}
		if n := len(list) - maxConfigIssues; n > 0 {
			found.Evidence = append(found.Evidence, probe.Evidence{Source: "config", Text: "+" + strconv.Itoa(n)})
		}
		found.Fix.Commands = f.atOurHost(fix.commands())
		return found
	}
}

// lineOf shows a line and where it stands.
func lineOf(is probe.ConfigIssue) string {
	if is.Evidence == "" {
		return is.Where
	}
	return is.Where + ": " + is.Evidence
}

func (f *facts) configIssues(code string) (list []probe.ConfigIssue) {
	if f.Config == nil {
		return nil
	}
	for _, is := range f.Config.Issues {
		if is.Code == code {
			list = append(list, is)
		}
	}
	return list
}

// snippet collects settings to paste. A block that stands there already is
// continued: YAML refuses the same key twice.
type snippet struct {
	in    string
	yaml  []string
	env   []string
	envIn string
}

func (s *snippet) add(is probe.ConfigIssue) {
	if is.YAML != "" && (s.in == "" || s.in == is.In) {
		s.in = is.In
		block := ""
		for _, line := range strings.Split(is.YAML, "\n") {
			switch {
			case !strings.HasPrefix(line, " ") && strings.HasSuffix(line, ":"):
				if block = line; !slices.Contains(s.yaml, line) {
					s.yaml = append(s.yaml, line)
				}
			case slices.Contains(s.yaml, line):
			case strings.HasPrefix(line, " ") && block != "":
				s.insert(block, line)
			default:
				s.yaml = append(s.yaml, line)
			}
		}
	}
	if len(s.env) == 0 {
		s.envIn = is.EnvIn
	}
	if is.EnvIn != s.envIn {
		return // of another file
	}
	for _, line := range strings.Split(is.Env, "\n") {
		if line != "" && !slices.Contains(s.env, line) {
			s.env = append(s.env, line)
		}
	}
}

// atOurHost writes the host by which this run reached the server where the settings
// leave it open.
func (f *facts) atOurHost(commands []string) []string {
	for i := range commands {
		if host := f.bestHost(probe.RoleTCP); host != exampleHost {
			commands[i] = strings.ReplaceAll(commands[i], serverconf.OpenHost, host)
		}
		if host := f.bestHost(probe.RoleWSS); host != exampleHost {
			commands[i] = strings.ReplaceAll(commands[i], serverconf.OpenName, host)
		}
	}
	return commands
}

// insert puts a line at the end of its block.
func (s *snippet) insert(block, line string) {
	at := slices.Index(s.yaml, block) + 1
	for at < len(s.yaml) && strings.HasPrefix(s.yaml[at], " ") {
		at++
	}
	s.yaml = slices.Insert(s.yaml, at, line)
}

func (s *snippet) commands() (list []string) {
	if len(s.yaml) > 0 {
		list = append(list, "# "+s.in+"\n"+strings.Join(s.yaml, "\n"))
	}
	if len(s.env) > 0 {
		list = append(list, "# "+cmp.Or(s.envIn, "environment")+"\n"+strings.Join(s.env, "\n"))
	}
	return list
}

// otherConfig compares what /route answers with what it would answer if the
// server ran with the files that were given.
func otherConfig(f *facts) *finding {
	roles := f.differing()
	if len(roles) == 0 {
		return nil
	}
	live, told := f.Target.Advertised, f.Config.Route
	found := &finding{Args: map[string]string{}}
	var names []string
	for _, r := range roles {
		a, b := byRole(live, r), byRole(told, r)
		names = append(names, string(r))
		found.Evidence = append(found.Evidence,
			probe.Evidence{Source: "route", Text: string(r) + `: "` + a + `"`},
			probe.Evidence{Source: "config", Text: string(r) + `: "` + b + `"` + f.decidedBy(r)})
		if found.Args["role"] == "" {
			found.Args["role"], found.Args["live"], found.Args["told"] = string(r), a, b
		}
	}
	found.Args["roles"] = strings.Join(names, " ")
	for i, s := range f.Config.Sources {
		if i > 0 {
			found.Args["files"] += ", "
		}
		found.Args["files"] += s.Name
	}
	service := f.Config.Service
	if service == "" {
		service = "wukongim"
	}
	found.Fix.Commands = []string{"docker compose up -d --force-recreate " + service, "docker inspect --format '{{.Args}} {{.Config.Env}} {{.Mounts}}' " + service}
	return found
}

// decidedBy names the place in the files that decides an address.
func (f *facts) decidedBy(r probe.Role) string {
	for _, key := range []string{setting(r), "external.ip"} {
		if v, ok := f.Config.Value(key); ok && v.Origin != "" && v.Text != "" {
			return " (" + v.Origin + ")"
		}
	}
	return ""
}

func byRole(a *probe.Advertised, r probe.Role) string {
	switch r {
	case probe.RoleTCP:
		return a.TCP
	case probe.RoleWSS:
		return a.WSS
	}
	return a.WS
}

// differing lists the addresses that differ, those that most clients use first.
func (f *facts) differing() (roles []probe.Role) {
	if f.Config == nil || f.Config.Route == nil || f.Target.Advertised == nil {
		return nil
	}
	for _, r := range []probe.Role{probe.RoleWS, probe.RoleWSS, probe.RoleTCP} {
		if !sameAddress(byRole(f.Target.Advertised, r), byRole(f.Config.Route, r)) {
			roles = append(roles, r)
		}
	}
	return roles
}

// sameAddress compares an advertised address with what the files would give. A
// name in angle brackets stands for what they do not say.
func sameAddress(live, told string) bool {
	tidy := func(s string) string { return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "/") }
	live, told = tidy(live), tidy(told)
	if live == told {
		return true
	}
	open, rest, found := strings.Cut(told, "<")
	if !found {
		return false
	}
	name, tail, _ := strings.Cut(rest, ">")
	if !strings.HasPrefix(live, open) || !strings.HasSuffix(live, tail) || len(live) < len(open)+len(tail) {
		return open == "" && tail == "" // nothing of it is known
	}
	host := live[len(open) : len(live)-len(tail)]
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch "<" + name + ">" {
	case probe.HostUnknown:
		// A network card has an address; a name, or 127.0.0.1, somebody wrote.
		return err == nil && !ip.IsLoopback() && !ip.IsUnspecified() || host == ""
	case "<public ip>":
		return err == nil && !ip.IsPrivate()
	}
	return true
}
