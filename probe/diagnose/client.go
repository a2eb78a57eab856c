package diagnose

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// clientCauses lie in the client: the server does what it should.
func clientCauses() []Cause {
	return []Cause{
		{Code: "WK519", ID: "client-sends-no-connect", find: noConnect, severity: probe.SeverityWarning,
			logKinds: map[serverlog.Kind]int{serverlog.KindNoConnectClosed: 0},
			Links:    []string{ticket("WuKongIM/WuKongIM#67"), ticket("TangSengDaoDao/TangSengDaoDaoServer#66")}},
		{Code: "WK520", ID: "sdk-known-bug", find: sdkKnownBug, severity: probe.SeverityInfo},
	}
}

// fewClosings is how many connections without a CONNECT mean nothing yet: a
// person with a browser or a port scan leaves as many.
const fewClosings = 3

// noConnect: the log holds connections that were closed because no CONNECT came
// within 2 s (v1.0.9 to v2.2.5), and nobody was refused, while a login as an SDK
// makes it works.
func noConnect(f *facts) *finding {
	if f.Log == nil || f.Log.Past.NoConnect < fewClosings || f.Log.Past.Refusals > 0 {
		return nil
	}
	works := f.where(func(p *probe.Pairing) bool { return p.Observed == probe.Accepted })
	if len(works) == 0 {
		return nil
	}
	return &finding{
		Evidence: []probe.Evidence{{Source: "server-log", Text: spaced(f.Log.Past.Text)}, connectEvidence(works[0].ConnectFlag, works[0].UID, &works[0].Result)},
		Args:     map[string]string{"n": strconv.Itoa(f.Log.Past.NoConnect), "source": f.Log.Source},
	}
}

// sdkBug is a bug of an SDK that shows as "cannot connect" although the server
// and the token are fine.
type sdkBug struct {
	variant string // of the texts
	family  string
	since   string // first version that has it; "" = the first of all
	fixed   string // first version without it; "" = none yet
	ticket  string
}

// ticketBugs are the bugs that somebody met and its maintainers fixed, or
// explained. Those that the catalogue of SDKs holds are in [rowBugs].
func ticketBugs() []sdkBug {
	return []sdkBug{
		{"uniapp-socket", "js", "", "1.2.0", "WuKongIM/WuKongIM#37"},
		{"uniapp-connect", "js", "1.2.0", "1.2.2", "WuKongIM/WuKongIM#45"},
		{"flutter-connect", "flutter", "", "1.2.4", "WuKongIM/WuKongIMFlutterSDK#16"},
		{"no-connect-again", "flutter", "1.2.4", "1.6.1", "WuKongIM/WuKongIMFlutterSDK#38"},
		{"harmony-401", "harmony", "", "", "WuKongIM/WuKongIMHarmonyOSSDK#5"},
	}
}

// rowBugs are ids of the catalogue of SDKs whose effect is that a good login
// fails or does not last.
func rowBugs() []string { return []string{"connack-misread", "null-check-after-login"} }

// sdkKnownBug looks the named version of the SDK up. Without a version the newest
// is meant, and only what that one has is told.
func sdkKnownBug(f *facts) *finding {
	row, err := sdk.Find(f.Target.SDK)
	if f.Target.SDK == "" || err != nil || f.Server.TokenAuth == probe.AuthUnknown {
		return nil
	}
	version := sdkVersion(f.Target.SDK, row)
	for _, id := range rowBugs() { // they show everywhere, those of tickets on one platform or later
		if row.Has(id) {
			return f.bugFinding(sdkBug{variant: id, fixed: fixedIn(row, id)}, row.Family+" "+version)
		}
	}
	for _, b := range ticketBugs() {
		if b.family == row.Family && b.has(version) {
			return f.bugFinding(b, row.Family+" "+version)
		}
	}
	if row.Has("non-ascii-length") && f.User != nil && utf8.RuneCountInString(f.User.UID) != len(f.User.UID) {
		return f.bugFinding(sdkBug{variant: "non-ascii-length"}, row.Family+" "+version)
	}
	return nil
}

// sdkVersion reads the version out of "js@1.1.0" or "js-1.1.0", else the newest
// of the row.
func sdkVersion(name string, row sdk.SDK) string {
	if _, version, ok := strings.Cut(name, "@"); ok {
		return strings.TrimSpace(version)
	}
	return row.Versions.To
}

func (b sdkBug) has(version string) bool {
	from := b.since
	if from == "" {
		from = "0"
	}
	if !(sdk.Range{From: from, To: "999"}).Contains(version) {
		return false
	}
	return b.fixed == "" || !(sdk.Range{From: b.fixed, To: "999"}).Contains(version)
}

// fixedIn gives the first version of the family without the bug, "" where every
// newer row has it.
func fixedIn(row sdk.SDK, bug string) string {
	newer := false
	for _, s := range sdk.All() {
		switch {
		case s.Family != row.Family:
		case s.ID == row.ID:
			newer = true
		case newer && !s.Has(bug):
			return s.Versions.From
		}
	}
	return ""
}

// bugFinding is a warning where another version fixes it, else a note: on this
// version there is nothing to do but to know it.
func (f *facts) bugFinding(b sdkBug, name string) *finding {
	found := &finding{
		Args:     map[string]string{"variant": b.variant, "sdk": name, "fixed": b.fixed},
		Evidence: []probe.Evidence{{Source: "sdk", Text: name}},
	}
	if b.fixed != "" {
		found.Severity = probe.SeverityWarning
		found.Evidence[0] = probe.Say("fixed-in", "{{.sdk}}, fixed in {{.fixed}}", map[string]any{"sdk": name, "fixed": b.fixed}).By("sdk")
	}
	if b.ticket != "" {
		found.Links = []string{ticket(b.ticket)}
	}
	for i := range f.Pairings {
		if p := &f.Pairings[i]; p.Observed == probe.Accepted {
			found.Evidence = append(found.Evidence, connectEvidence(p.ConnectFlag, p.UID, &p.Result))
			break
		}
	}
	return found
}
