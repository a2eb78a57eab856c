package diagnose

import (
	"net"
	"net/url"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// What to write into the server's configuration, in the words of its generation.

// asSetting writes a setting of v1 and v2 as YAML and as environment variable.
func asSetting(key, value string) []string {
	block, leaf, _ := strings.Cut(key, ".")
	return []string{
		block + ":\n  " + leaf + `: "` + value + `"   # wk.yaml`,
		"WK_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")) + "=" + value,
	}
}

// settings writes what /route is to hand out for a role. v3 reads TOML and names its
// keys otherwise, the variables have the old names (v3 beta b249d3a config.go).
func (f *facts) settings(r probe.Role, value string) []string {
	commands := asSetting(setting(r), value)
	if f.Server.Generation == probe.GenV3 {
		commands[0] = "[api]\nexternal_" + string(r) + ` = "` + value + `"   # wukongim.toml`
	}
	return commands
}

// settingName is the key of the setting behind an advertised address.
func (f *facts) settingName(r probe.Role) string {
	if f.Server.Generation == probe.GenV3 {
		return "api.external_" + string(r)
	}
	return setting(r)
}

// exampleHost stands for a host that is not known.
const exampleHost = "im.example.com"

// advertise writes the address of a role at the host that is known best.
func (f *facts) advertise(r probe.Role) []string {
	host := f.bestHost(r)
	value := net.JoinHostPort(host, wire.PortTCP)
	switch r {
	case probe.RoleWS:
		value = "ws://" + net.JoinHostPort(host, wire.PortWS)
	case probe.RoleWSS:
		value = "wss://" + host
	}
	return f.settings(r, value)
}

// bestHost is the one by which the API was reached, which is the one address that is
// known to work from here; for a certificate it has to be a name, and the page's is
// as good.
func (f *facts) bestHost(r probe.Role) string {
	for _, raw := range []string{f.Target.API, f.Target.PageOrigin} {
		u, err := url.Parse(raw)
		if err != nil || u.Hostname() == "" {
			continue
		}
		class := probe.ClassOf(u.Hostname())
		if class == probe.ClassName || r != probe.RoleWSS && class != probe.ClassLoopback && class != probe.ClassUnspecified && raw == f.Target.API {
			return u.Hostname()
		}
	}
	return exampleHost
}

// externalFix proposes what to advertise instead of an address that others cannot
// reach: on v1 and v2 one setting for all of them.
func (f *facts) externalFix(a probe.Address) []string {
	if a.Role == probe.RoleWSS || f.Server.Generation == probe.GenV3 {
		return f.advertise(a.Role)
	}
	return asSetting("external.ip", f.bestHost(a.Role))
}

// repair names the slip in an address, and the value that was meant, which is the
// fix: the run has used it where no other was given.
func (f *facts) repair(found *finding, a probe.Address) {
	meant, slip := probe.Repair(a.Role, a.URL)
	found.Args["slip"], found.Args["meant"], found.Args["works"] = string(slip), meant, ""
	if meant == "" {
		return
	}
	found.Fix.Commands = f.settings(a.Role, meant)
	if f.Target.WSSource != probe.SourceRepaired || f.Target.WS != meant && f.Target.WS != "tcp://"+meant {
		return
	}
	if f.ws != nil && f.ws.Outcome == probe.OutcomePass {
		found.Args["works"] = "true"
		found.Evidence = append(found.Evidence, probe.Say("repaired", "{{.meant}} works: the logins were made there", map[string]any{"meant": meant}).By("connect"))
	}
}
