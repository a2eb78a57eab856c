package diagnose

import (
	"strconv"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// userOfLog is a user whom v1 refuses on flag 1, with the lines of its log.
func userOfLog(state probe.ExpectToken, lines ...probe.LogLine) *probe.Diagnosis {
	refused := probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: wire.ReasonAuthFail, Attempts: 1}
	d := &probe.Diagnosis{
		Complete: true, Mode: probe.ModeUser,
		Server: probe.Server{Generation: probe.GenV1, TokenAuth: probe.AuthOn},
		Checks: []probe.Check{{ID: probe.CheckAPI, Outcome: probe.OutcomePass}, {ID: probe.CheckUnknownUser, Outcome: probe.OutcomePass, Result: &refused}},
		User:   &probe.User{UID: "alice", Token: "T0", ConnectFlag: 1, OnlineKnown: true},
		Pairings: []probe.Pairing{{
			ID: "1->1", TokenFlag: 1, ConnectFlag: 1, UID: "alice", Token: "T0", SDK: "js-1.3.5", Result: refused, ExpectToken: probe.TokenUnknown,
		}},
		Log: &probe.LogFacts{Source: "error.log", Entries: lines},
	}
	if state != "" {
		d.Pairings[0].ExpectToken, d.Pairings[0].ExpectTokenSource = state, probe.FromLog
	}
	return d
}

func swept(d *probe.Diagnosis, flags ...wire.DeviceFlag) *probe.Diagnosis {
	for _, f := range flags {
		d.User.Sweep = append(d.User.Sweep, probe.SweepResult{ConnectFlag: f, Result: d.Pairings[0].Result})
	}
	return d
}

func logLine(kind serverlog.Kind, id probe.PairingID, flag int, state probe.ExpectToken) probe.LogLine {
	return probe.LogLine{
		Kind: string(kind), Pairing: id, Flag: &flag, ExpectToken: state, Text: `{"level":"error","expectToken":"","actToken":"T0"}`,
		HasRow: state == probe.TokenOther || kind == serverlog.KindTokenCleared,
	}
}

// TestLogDecides: what the log says of the stored token leads to the cause that
// v1 itself does not show.
func TestLogDecides(t *testing.T) {
	t.Parallel()
	own := func(kind serverlog.Kind, state probe.ExpectToken) probe.LogLine {
		return logLine(kind, "1->1", 1, state)
	}
	unset, other := own(serverlog.KindTokenUnset, probe.TokenEmpty), own(serverlog.KindTokenMismatch, probe.TokenOther)
	elsewhere := swept(userOfLog(probe.TokenEmpty, unset), 0)
	elsewhere.User.Sweep[0].Result = probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack}
	elsewhere.Pairings[0].TokenFlag, elsewhere.Pairings[0].ID = 0, "0->1"
	two := swept(userOfLog(probe.TokenOther, other), 0)
	two.User.Sweep[0].Result = elsewhere.User.Sweep[0].Result
	two.Pairings[0].TokenFlag, two.Pairings[0].ID = 0, "0->1"
	silent := userOfLog("", own(serverlog.KindBanned, probe.TokenUnknown))
	silent.Server.Generation = probe.GenV2
	silent.Pairings[0].Result = probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose}
	for name, tc := range map[string]struct {
		d             *probe.Diagnosis
		code, variant string
	}{
		"another token":                {swept(userOfLog(probe.TokenOther, other), 0, 2), "WK503", ""},
		"another token, nothing swept": {userOfLog(probe.TokenOther, other), "WK503", ""},
		"nothing anywhere":             {swept(userOfLog(probe.TokenEmpty, unset, logLine(serverlog.KindTokenUnset, "", 0, probe.TokenEmpty)), 0), "WK502", "sweep-log"},
		"a token under another flag":   {swept(userOfLog(probe.TokenEmpty, unset, logLine(serverlog.KindTokenMismatch, "", 0, probe.TokenOther)), 0), "WK501", "user-other"},
		"nothing, others not tried":    {userOfLog(probe.TokenEmpty, unset), "WK517", "log-empty"},
		"cleared":                      {userOfLog(probe.TokenEmpty, own(serverlog.KindTokenCleared, probe.TokenEmpty)), "WK504", ""},
		"found under another flag":     {elsewhere, "WK501", "user"},
		"under both, two tokens":       {two, "WK501", "user-two"},
		"banned, in silence":           {silent, "WK206", "log"},
		"no line":                      {userOfLog(""), "WK517", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Explain(tc.d)
			if len(tc.d.Findings) == 0 {
				t.Fatal("no finding")
			}
			first := tc.d.Findings[0]
			if first.Code != tc.code || first.Args["variant"] != tc.variant || first.Severity != probe.SeverityError {
				t.Fatalf("got %s %s of variant %q, want %s of %q", first.Severity, first.Code, first.Args["variant"], tc.code, tc.variant)
			}
			for _, f := range tc.d.Findings[1:] {
				if f.Severity == probe.SeverityError {
					t.Errorf("a second error: %s", f.Code)
				}
			}
			quoted := 0
			for _, e := range first.Evidence {
				if e.Source == "server-log" && strings.Contains(e.Text, `{"level":"error", "expectToken"`) {
					quoted++
				}
			}
			if want := min(1, len(tc.d.Log.Entries)); tc.d.Pairings[0].ID == "1->1" && quoted < want {
				t.Errorf("the line is not quoted: %+v", first.Evidence)
			}
		})
	}
}

// TestLogQuotes: few lines, those of before the run counted, and a word about
// what misleads in them.
func TestLogQuotes(t *testing.T) {
	t.Parallel()
	var lines []probe.LogLine
	for range 5 {
		l := logLine(serverlog.KindTokenMismatch, "1->1", 1, probe.TokenOther)
		l.Misleading, l.Text = []string{string(serverlog.MisleadPooledConn)}, l.Text+" deviceFlag=APP"
		lines = append(lines, l)
		l.Before, l.Pairing = true, ""
		lines = append(lines, l)
	}
	d := userOfLog(probe.TokenOther, lines...)
	Explain(d)
	var texts []string
	for _, e := range d.Findings[0].Evidence {
		if e.Source == "server-log" {
			texts = append(texts, e.Text)
		}
	}
	all := strings.Join(texts, "\n")
	if len(texts) != 4 || !strings.Contains(all, "before this run 5 such lines") || !strings.HasSuffix(all, pooledNote().Text) {
		t.Errorf("got %d quotes:\n%s", len(texts), all)
	}
}

// noCode are the kinds that no finding stands for.
func noCode() map[serverlog.Kind]bool {
	return map[serverlog.Kind]bool{
		serverlog.KindFrameUndecodable: true, serverlog.KindIPBlacklisted: true, serverlog.KindGatewayError: true,
		serverlog.KindIdleClosed: true, serverlog.KindPanic: true,
		serverlog.KindQuitNoDevice: true, serverlog.KindTokenRequest: true,
		serverlog.KindConfigUnreadable: true,
		serverlog.KindTokenCallBlocked: true, serverlog.KindTokenCallLimited: true,
	}
}

// TestExplainLogKinds: every kind of line becomes a cause, nearly all with the
// findings that explain it, and refusals make the exit code.
func TestExplainLogKinds(t *testing.T) {
	t.Parallel()
	for _, k := range serverlog.Kinds() {
		var sum serverlog.Summary
		sum.Add(serverlog.Entry{Kind: k, UID: "u", Line: 7, Text: "sample", Misleading: []serverlog.Misleading{serverlog.MisleadNoFlag, serverlog.MisleadNoZone}})
		sum.Add(serverlog.Entry{Kind: k, UID: "v", Line: 9, Text: "later"})
		r := ExplainLog(&sum, serverlog.Stats{Lines: 9})
		if len(r.Causes) != 1 || !r.NoZone {
			t.Fatalf("%s: %+v", k, r)
		}
		c := r.Causes[0]
		if c.Kind != string(k) || c.Count != 2 || len(c.Groups) != 2 || c.SampleLine != 7 || c.Sample != "sample" || len(c.Misleading) != 1 {
			t.Errorf("%s: %+v", k, c)
		}
		if len(c.Codes) == 0 && !noCode()[k] {
			t.Errorf("%s: no finding explains it", k)
		}
		wantRefused, wantExit := int64(0), 0
		if k.Refusal() {
			wantRefused, wantExit = 2, 1
		}
		if k.Trouble() {
			wantExit = 1
		}
		if c.Refusal != k.Refusal() || r.Refused != wantRefused || r.Verdict.ExitCode != wantExit {
			t.Errorf("%s: refused %d, exit %d", k, r.Refused, r.Verdict.ExitCode)
		}
	}
}

// TestExplainLogOrder: refusals come before everything else, the most frequent
// first, also where users found no room for groups of their own.
func TestExplainLogOrder(t *testing.T) {
	t.Parallel()
	const room = 10_000 // groups
	var sum serverlog.Summary
	sum.Add(serverlog.Entry{Kind: serverlog.KindKicked})
	sum.Add(serverlog.Entry{Kind: serverlog.KindTokenMissing})
	for i := range room { // the last two find no room
		sum.Add(serverlog.Entry{Kind: serverlog.KindBanned, UID: strconv.Itoa(i)})
	}
	for range 2 * room {
		sum.Add(serverlog.Entry{Kind: serverlog.KindKicked})
	}
	r := ExplainLog(&sum, serverlog.Stats{})
	var got []string
	for _, c := range r.Causes {
		got = append(got, c.Kind)
	}
	if strings.Join(got, " ") != "banned token-missing kicked" || r.Refused != room+1 || r.Causes[0].Count != room || r.Causes[0].Ungrouped != 2 {
		t.Errorf("order %v, refused %d, first %+v", got, r.Refused, r.Causes[0])
	}
}
