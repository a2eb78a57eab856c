package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// entry is a line of the environment: a name in the reader's language, and a
// value, which may be foreign.
type entry struct{ name, value string }

// environment lists what a reader who was not there needs to know.
func (w words) environment(d *probe.Diagnosis) []entry {
	var list []entry
	add := func(id, value string) {
		if value != "" {
			list = append(list, entry{w.say("env." + id), value})
		}
	}
	add("tool", strings.TrimSpace(d.Tool.Name+" "+d.Tool.Version+" "+d.Tool.OS+"/"+d.Tool.Arch))
	add("mode", w.word("mode.", string(d.Mode)))
	add("server", serverName(&d.Server))
	if d.Server.Protocol != 0 {
		add("protocol", strconv.Itoa(d.Server.Protocol))
	}
	add("auth", string(d.Server.TokenAuth))
	add("sdk", strings.Join(sdks(d), ", "))
	add("api", d.Target.API)
	ws := d.Target.WS
	if from := d.Target.WSSource; ws != "" && (from == probe.SourceRoute || from == probe.SourceRepaired || from == probe.SourceDefault) {
		ws += w.aside(w.word("from.", string(from)))
	}
	add("ws", ws)
	if a := d.Target.Advertised; a != nil {
		add("advertised", strings.Join([]string{"tcp " + dash(a.TCP), "ws " + dash(a.WS), "wss " + dash(a.WSS)}, ", "))
	}
	add("sandbox", d.Target.Sandbox)
	if !d.StartedAt.IsZero() {
		add("started", d.StartedAt.UTC().Format(time.RFC3339))
	}
	for _, e := range w.evidence(d.Server.Evidence) {
		add("evidence", w.colon(e.Source, e.Text))
	}
	return list
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// sdks lists the imitated SDKs in the order they appear.
func sdks(d *probe.Diagnosis) []string {
	var list []string
	seen := map[string]bool{"": true}
	for i := range d.Pairings {
		if id := d.Pairings[i].SDK; !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}
