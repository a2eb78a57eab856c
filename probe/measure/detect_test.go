package measure

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// measuredTags are the 51 releases that were run, oldest first, by generation.
func measuredTags() map[probe.Generation][]string {
	return map[probe.Generation][]string{
		probe.GenV10: {"v1.0.0", "v1.0.1", "v1.0.2", "v1.0.3", "v1.0.4", "v1.0.5"},
		probe.GenV1: {"v1.0.6", "v1.0.7", "v1.0.8", "v1.0.9", "v1.1.0", "v1.1.1", "v1.1.2", "v1.1.3", "v1.1.4", "v1.1.5", "v1.1.6",
			"v1.1.7", "v1.1.8", "v1.1.9", "v1.2.0", "v1.2.1", "v1.2.2", "v1.2.3", "v1.2.4", "v1.2.5", "v1.2.6"},
		probe.GenV2Beta: {"v2.0.0-beta"},
		probe.GenV20:    {"v2.0.1-beta", "v2.0.2-beta", "v2.0.3-beta", "v2.0.4-beta", "v2.0.5", "v2.0.6", "v2.0.7"},
		probe.GenV2: {"v2.0.8", "v2.0.9", "v2.0.10", "v2.1.0", "v2.1.1", "v2.1.2", "v2.1.3", "v2.1.4", "v2.1.5", "v2.2.0", "v2.2.1",
			"v2.2.2", "v2.2.3", "v2.2.4", "v2.2.5"},
		probe.GenV3: {"v3"},
	}
}

func TestGenerationOf(t *testing.T) {
	t.Parallel()
	n := 0
	for want, tags := range measuredTags() {
		for _, tag := range tags {
			n++
			if tag == "v3" {
				tag = "v3.0.0-beta" // v3 has no tag yet
			}
			for _, version := range []string{tag, strings.TrimPrefix(tag, "v"), tag + "-20240715"} {
				if got, ok := generationOf(version); !ok || got != want {
					t.Errorf("%s: got %s, %t, want %s", version, got, ok, want)
				}
			}
		}
	}
	if n != 51 {
		t.Errorf("%d tags, want 51", n)
	}
	for _, version := range []string{"", "v", "v2", "v2.0", "v2.0.x", "latest", "main-b249d3a", "4.0.0", "v0.9.1", "v2.2.5.1", "-", "v2..5"} {
		if got, ok := generationOf(version); ok {
			t.Errorf("%q: got %s, want none", version, got)
		}
	}
}

// played is what a release answers, as the measurements have it.
type played struct {
	api     map[string]*Answer
	connack uint8 // the server version in its CONNACK to a client of version 5
	wrong   probe.Result
	gen     probe.Generation
}

// play gives the answers of a release; before says whether it is older than another.
func play(gen probe.Generation, before func(string) bool) played {
	p := played{gen: gen, api: map[string]*Answer{}}
	for _, path := range fingerprintPaths() {
		p.api[path] = &Answer{Status: http.StatusNotFound, Body: []byte("404 page not found")}
	}
	found := func(path, body string) { p.api[path] = &Answer{Status: http.StatusOK, Body: []byte(body)} }
	switch gen {
	case probe.GenV3:
		found("/healthz", `{"status":"ok"}`)
	case probe.GenV2Beta:
		found("/health", `{"status":200}`)
	case probe.GenV20, probe.GenV2:
		found("/health", `{"status":"ok"}`)
	}
	if gen != probe.GenV3 && (before("v2.0.0-beta") || !before("v2.0.6")) {
		found("/varz", `{"version":""}`)
	}
	if gen != probe.GenV3 && !before("v2.0.0-beta") {
		found("/cluster/nodes", `{"total":1,"data":[{"id":1001,"online":1}]}`)
	}
	if !before("v2.1.1") && gen != probe.GenV3 {
		found("/tags", `[]`)
	}
	if !before("v1.1.9") && before("v2.0.1-beta") {
		found("/system/ip/blacklist", `[]`)
	}
	switch {
	case before("v1.1.8"):
	case before("v2.0.1-beta"):
		p.connack = 3
	case before("v2.2.1"):
		p.connack = 4
	default:
		p.connack = 5
	}
	zero := uint64(0)
	switch gen {
	case probe.GenV3:
		p.wrong = probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ServerVersion: 5}
	case probe.GenV2:
		p.wrong = probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose}
	case probe.GenV20:
		p.wrong = probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: wire.ReasonAuthFail, NodeID: &zero}
	default:
		p.wrong = probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: wire.ReasonAuthFail}
	}
	return p
}

// cells plays the default table.
func (p played) cells() (list []probe.Pairing) {
	for _, token := range flags(0, 1, 2) {
		for _, connect := range flags(0, 1, 2) {
			q := probe.Pairing{TokenFlag: token, ConnectFlag: connect, Result: p.wrong}
			if liveAccepts(p.gen, &q) {
				q.Result = probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack}
			}
			list = append(list, q)
		}
	}
	return list
}

// TestDetect plays all 51 releases, none of which names itself: with token auth
// on each is recognised, with it off, or from the API alone, or without the API,
// none is taken for another.
func TestDetect(t *testing.T) {
	t.Parallel()
	var order []string
	for _, gen := range probe.Generations() {
		order = append(order, measuredTags()[gen]...)
	}
	for i, tag := range order {
		gen := probe.GenUnknown
		for g, tags := range measuredTags() {
			if slices.Contains(tags, tag) {
				gen = g
			}
		}
		p := play(gen, func(other string) bool { return i < slices.Index(order, other) })
		var api []clue
		for _, path := range fingerprintPaths() {
			if c, ok := pathClue(path, p.api[path]); ok {
				api = append(api, c)
			}
			if v := statedVersion(path, p.api[path]); v != "" {
				t.Errorf("%s: %s states version %q", tag, path, v)
			}
		}
		right := probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ServerVersion: p.connack}
		var wireOnly []clue
		for _, c := range []func() (clue, bool){
			func() (clue, bool) { return answerClue(&right) },
			func() (clue, bool) { return refusalClue(&p.wrong) },
		} {
			if found, ok := c(); ok {
				wireOnly = append(wireOnly, found)
			}
		}
		var table []clue
		for _, q := range p.cells() {
			if c, ok := pairingClue(&q); ok && gen != probe.GenV3 { // v3's token auth is found to be off
				table = append(table, c)
			}
		}
		if got, evidence := conclude(slices.Concat(api, wireOnly, table)); got != gen || len(evidence) == 0 {
			t.Errorf("%s: got %s from %v, want %s", tag, got, evidence, gen)
		}
		if got, _ := conclude(slices.Concat(wireOnly, table)); got != gen && gen != probe.GenV3 && got != probe.GenUnknown {
			t.Errorf("%s without the API: got %s, want %s", tag, got, gen)
		}
		answered, _ := answerClue(&right)
		for name, clues := range map[string][]clue{"the API alone": api, "token auth off": append(api, answered)} {
			got, evidence := conclude(clues)
			if got != gen && got != probe.GenUnknown {
				t.Errorf("%s, %s: got %s, want %s or unknown", tag, name, got, gen)
			}
			for _, e := range evidence {
				if strings.Contains(e.Text, "contradicts") {
					t.Errorf("%s, %s: %s", tag, name, e.Text)
				}
			}
		}
	}
}

func TestStatedVersion(t *testing.T) {
	t.Parallel()
	rows := []struct {
		path   string
		status int
		body   string
		want   string
	}{
		{"/varz", 200, `{"version":"v1.2.6"}`, "v1.2.6"},
		{"/varz", 200, `{"version":""}`, ""},
		{"/varz", 200, `{"version":"5.0.0"}`, ""},
		{"/varz", 200, `{"version":5}`, ""},
		{"/varz", 401, `{"version":"v1.2.6"}`, ""},
		{"/varz", 200, `<html>`, ""},
		{"/cluster/nodes", 200, `{"data":[{"app_version":"v2.2.5-20260422"},{"app_version":"other"}]}`, "v2.2.5-20260422"},
		{"/cluster/nodes", 200, `{"data":[]}`, ""},
		{"/cluster/nodes", 200, `{"version":"v2.2.5"}`, ""},
		{"/health", 200, `{"version":"v2.2.5"}`, ""},
	}
	for _, row := range rows {
		if got := statedVersion(row.path, &Answer{Status: row.status, Body: []byte(row.body)}); got != row.want {
			t.Errorf("%s %d %s: got %q, want %q", row.path, row.status, row.body, got, row.want)
		}
	}
}

func TestPathClue(t *testing.T) {
	t.Parallel()
	rows := []struct {
		path   string
		status int
		body   string
		want   string // the generations left, "" = no clue
	}{
		{"/healthz", 200, "", "[v3]"},
		{"/healthz", 404, "", "[v1.0 v1 v2-beta v2.0 v2]"},
		{"/healthz", 500, "", ""},
		{"/health", 404, "", "[v1.0 v1 v3]"},
		{"/health", 200, `{"status":200}`, "[v2-beta]"},
		{"/health", 200, `{"status":"ok"}`, "[v2.0 v2]"},
		{"/health", 500, `{"status":"error"}`, "[v2.0 v2]"},
		{"/health", 200, `OK`, ""},
		{"/tags", 200, `[]`, "[v2]"},
		{"/tags", 404, ``, ""},
		{"/system/ip/blacklist", 200, `[]`, "[v1 v2-beta]"},
		{"/system/ip/blacklist", 404, ``, ""},
		{"/varz", 200, `{}`, ""},
	}
	for _, row := range rows {
		c, ok := pathClue(row.path, &Answer{Status: row.status, Body: []byte(row.body)})
		got := ""
		if ok {
			got = fmt.Sprint(c.allows)
		}
		if got != row.want || ok && !strings.HasPrefix(c.text.Text, "GET "+row.path) {
			t.Errorf("%s %d %s: got %s (%q), want %s", row.path, row.status, row.body, got, c.text, row.want)
		}
	}
}

func TestConnectClues(t *testing.T) {
	t.Parallel()
	zero := uint64(0)
	accepted := func(version uint8) probe.Result {
		return probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, ServerVersion: version}
	}
	answers := map[string]probe.Result{
		"[v1.0 v1]": accepted(0), "[v1 v2-beta]": accepted(3), "[v2.0 v2]": accepted(4), "[v2 v3]": accepted(5),
	}
	for want, r := range answers {
		if c, ok := answerClue(&r); !ok || fmt.Sprint(c.allows) != want {
			t.Errorf("CONNACK of version %d: got %v, %t, want %s", r.ServerVersion, c.allows, ok, want)
		}
	}
	for _, r := range []probe.Result{accepted(2), accepted(6), {Observed: probe.Accepted, Proof: probe.ProofPong}, {Observed: probe.Refused, Proof: probe.ProofConnack}} {
		if c, ok := answerClue(&r); ok {
			t.Errorf("%+v: got %v, want no clue", r, c.allows)
		}
	}
	refusals := map[string]probe.Result{
		"[v2.0]": {Observed: probe.Refused, NodeID: &zero}, "[v1.0 v1 v2-beta]": {Observed: probe.Refused}, "[v2]": {Observed: probe.Silent, Proof: probe.ProofPingClose},
	}
	for want, r := range refusals {
		if c, ok := refusalClue(&r); !ok || fmt.Sprint(c.allows) != want {
			t.Errorf("%+v: got %v, %t, want %s", r, c.allows, ok, want)
		}
	}
	for _, r := range []probe.Result{{Observed: probe.Accepted}, {Observed: probe.Silent}, {Observed: probe.Closed}, {Observed: probe.Unreachable}, {Observed: probe.NotRun}} {
		if c, ok := refusalClue(&r); ok {
			t.Errorf("%+v: got %v, want no clue", r, c.allows)
		}
	}
}

func TestVerdictOf(t *testing.T) {
	t.Parallel()
	rows := []struct {
		r               probe.Result
		accepted, known bool
	}{
		{probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack}, true, true},
		{probe.Result{Observed: probe.Accepted, Proof: probe.ProofPong}, true, true},
		{probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack}, false, true},
		{probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose}, false, true},
		{probe.Result{Observed: probe.Silent, Proof: probe.ProofIdleClose}, false, true},
		{probe.Result{Observed: probe.Silent}, false, false},
		{probe.Result{Observed: probe.Closed}, false, false},
		{probe.Result{Observed: probe.Unreachable}, false, false},
		{probe.Result{Observed: probe.NotRun}, false, false},
		{probe.Result{}, false, false},
	}
	for _, row := range rows {
		if accepted, known := row.r.LetIn(); accepted != row.accepted || known != row.known {
			t.Errorf("%s %q: got %t, %t", row.r.Observed, row.r.Proof, accepted, known)
		}
	}
}

// brief lists proofs as a reader sees them.
func brief(list []probe.Evidence) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, "{"+e.Source+" "+e.Text+"}")
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func TestConclude(t *testing.T) {
	t.Parallel()
	c := func(text string, allows ...probe.Generation) clue {
		return clue{source: "api", text: probe.Phrase{Text: text}, allows: allows}
	}
	rows := []struct {
		name  string
		clues []clue
		want  probe.Generation
		said  string
	}{
		{"nothing", nil, probe.GenUnknown, "[]"},
		{"one", []clue{c("a", probe.GenV2)}, probe.GenV2, "[{api a}]"},
		{"two", []clue{c("a", probe.GenV1, probe.GenV2), c("b", probe.GenV2, probe.GenV3)}, probe.GenV2, "[{api a} {api b}]"},
		{"what narrows nothing is left out", []clue{c("a", probe.GenV2), c("b", probe.GenV2, probe.GenV3)}, probe.GenV2, "[{api a}]"},
		{"not narrow enough", []clue{c("a", probe.GenV1, probe.GenV2)}, probe.GenUnknown, "[{api a}]"},
		{"a contradiction", []clue{c("a", probe.GenV1), c("b", probe.GenV3)}, probe.GenV1, "[{api a} {api b (contradicts the rest)}]"},
	}
	for _, row := range rows {
		if got, said := conclude(row.clues); got != row.want || brief(said) != row.said {
			t.Errorf("%s: got %s, %v, want %s, %s", row.name, got, said, row.want, row.said)
		}
	}
}

func TestRegistered(t *testing.T) {
	t.Parallel()
	for _, gen := range append(probe.Generations(), probe.GenUnknown) {
		for _, token := range flags(0, 1, 255) {
			for _, connect := range flags(0, 1, 255) {
				want := probe.TokenEmpty
				switch {
				case gen == probe.GenV2Beta, gen == probe.GenV10 && token == 0, gen != probe.GenV10 && token == connect:
					want = probe.TokenMatch
				}
				if got := registered(gen, token, connect); got != want {
					t.Errorf("%s, token of %d, connected as %d: got %s, want %s", gen, token, connect, got, want)
				}
			}
		}
	}
}
