package logwatch

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
	"github.com/wkctl/wkctl/probe/wire"
)

// Lines as the servers write them (testdata/logs).
func lineV1(expect, act string) string {
	return fmt.Sprintf(`{"level":"error","time":"2026-11-22 13:51:22","msg":"【Processor】token verify fail","expectToken":%q,"actToken":%q,"conn":"Conn[2] uid= fd={23} deviceFlag=APP deviceLevel=Slave deviceID=dev"}`, expect, act)
}

func lineBeta(expect, act string) string {
	return strings.Replace(lineV1(expect, act), "13:51:22", "13:51:22.968", 1)
}

func notFoundV2(uid, flag string) string {
	return fmt.Sprintf(`{"level":"error","time":"2026-11-22T13:51:22.673279765+00:00","msg":"【handler】get device token err","error":"not found","uid":%q,"deviceFlag":%q,"sourceNodeId":1001}`+"\n"+
		`{"level":"error","time":"2026-11-22T13:51:22.673463569+00:00","msg":"【handler】handle connect err","error":"not found"}`, uid, flag)
}

func mismatchV2(uid, expect, act string) string {
	return fmt.Sprintf(`{"level":"error","time":"2026-11-22T13:51:50.559034009+00:00","msg":"【handler】token verify fail","uid":%q,"sourceNodeId":1001,"expectToken":%q,"actToken":%q}`, uid, expect, act)
}

const (
	namelessV1 = `{"level":"error","time":"2026-11-22 13:51:46","msg":"【Processor】token is empty"}`
	namelessV0 = `{"level":"error","time":"2026-11-22 14:15:41","msg":"【Processor】token verify fail"}`
)

func bannedV1(uid string) string {
	return fmt.Sprintf(`{"level":"error","time":"2026-11-22 13:51:58","msg":"【Processor】user is ban","uid":%q}`, uid)
}

// logged scans lines as a run does: tokens "raw-T0" and so on have the aliases
// T0 and so on, others L0.
func logged(t *testing.T, lines ...string) []Entry {
	t.Helper()
	a := &serverlog.Aliases{Prefix: "L"}
	for i := range 8 {
		a.Add(fmt.Sprintf("raw-T%d", i), fmt.Sprintf("T%d", i))
	}
	var list []Entry
	s := serverlog.Scanner{Aliases: a}
	_, err := s.Scan(context.Background(), strings.NewReader(strings.Join(lines, "\n")+"\n"), func(e serverlog.Entry) error {
		list = append(list, Entry{Entry: e})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func refusedPairing(token, connect wire.DeviceFlag, n int) probe.Pairing {
	return probe.Pairing{
		ID: probe.NewPairingID(token, connect), TokenFlag: token, ConnectFlag: connect, UID: fmt.Sprintf("u%d", n), Token: fmt.Sprintf("T%d", n),
		Result:      probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack, ReasonCode: wire.ReasonAuthFail, Attempts: 1},
		ExpectToken: probe.TokenEmpty, ExpectTokenSource: probe.FromRegistering,
	}
}

// TestAttachToTestUsers: each line goes to the pairing whose token or user it
// names, and to no other.
func TestAttachToTestUsers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lines    []string
		want     []probe.ExpectToken // of the two pairings, "" = as before
		complete bool
		nameless int
	}{
		"v1 by token":                  {[]string{lineV1("", "raw-T0"), lineV1("raw-other", "raw-T1")}, []probe.ExpectToken{probe.TokenEmpty, probe.TokenOther}, true, 0},
		"v1 one is missing":            {[]string{lineV1("", "raw-T0")}, []probe.ExpectToken{probe.TokenEmpty, ""}, false, 0},
		"v2 by user":                   {[]string{notFoundV2("u1", "WEB"), mismatchV2("u0", "raw-other", "raw-T0")}, []probe.ExpectToken{probe.TokenOther, probe.TokenEmpty}, true, 0},
		"a user's name with another's": {[]string{mismatchV2("somebody", "raw-x", "raw-T0"), notFoundV2("u10", "WEB")}, []probe.ExpectToken{"", ""}, false, 0},
		"lines of others":              {[]string{lineV1("", "raw-someone"), notFoundV2("alice", "WEB"), bannedV1("bob")}, []probe.ExpectToken{"", ""}, false, 0},
		"nameless lines":               {[]string{namelessV1, namelessV0}, []probe.ExpectToken{"", ""}, false, 2},
		"v2-beta shows anybody's":      {[]string{lineBeta("raw-other", "raw-T0"), lineBeta("", "raw-T1")}, []probe.ExpectToken{"", probe.TokenEmpty}, true, 0},
		"a ban says nothing of tokens": {[]string{bannedV1("u0"), bannedV1("u1")}, []probe.ExpectToken{"", ""}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &probe.Diagnosis{Mode: probe.ModeTable, Pairings: []probe.Pairing{refusedPairing(0, 1, 0), refusedPairing(1, 0, 1)}}
			got := Attach(d, probe.LogFacts{Source: "error.log"}, logged(t, tc.lines...))
			if got != tc.complete || d.Log == nil || d.Log.Nameless != tc.nameless {
				t.Errorf("complete %v, facts %+v; want %v with %d nameless", got, d.Log, tc.complete, tc.nameless)
			}
			for i, want := range tc.want {
				p := &d.Pairings[i]
				fromLog := p.ExpectTokenSource == probe.FromLog
				if fromLog != (want != "") || fromLog && p.ExpectToken != want {
					t.Errorf("pairing %s: %s from %s, want %q", p.ID, p.ExpectToken, p.ExpectTokenSource, want)
				}
			}
			for _, l := range d.Log.Entries {
				if strings.Contains(l.Text, "raw-") {
					t.Errorf("a token in clear: %s", l.Text)
				}
			}
		})
	}
}

// TestAttachLeavesAccepted: a line of an earlier run, whose users had the same
// names, refuses nothing that was let in.
func TestAttachLeavesAccepted(t *testing.T) {
	t.Parallel()
	p := refusedPairing(0, 0, 0)
	p.Result = probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack, Attempts: 1}
	p.ExpectToken = probe.TokenMatch
	d := &probe.Diagnosis{Mode: probe.ModeTable, Pairings: []probe.Pairing{p}}
	if !Attach(d, probe.LogFacts{}, logged(t, notFoundV2("u0", "APP"))) || d.Pairings[0].ExpectToken != probe.TokenMatch || len(d.Log.Entries) != 0 {
		t.Errorf("got %+v, %+v", d.Pairings[0], d.Log)
	}
}

// TestAttachToUser: lines without a flag are given to the attempts in their
// order, where there are as many; where not, only what they agree on counts.
func TestAttachToUser(t *testing.T) {
	t.Parallel()
	user := func() *probe.Diagnosis {
		d := &probe.Diagnosis{Mode: probe.ModeUser, User: &probe.User{UID: "u0", Token: "T0", ConnectFlag: 1}, Pairings: []probe.Pairing{refusedPairing(1, 1, 0)}}
		d.Pairings[0].ExpectToken, d.Pairings[0].ExpectTokenSource = probe.TokenUnknown, ""
		for _, flag := range []wire.DeviceFlag{0, 2} {
			d.User.Sweep = append(d.User.Sweep, probe.SweepResult{ConnectFlag: flag, Result: d.Pairings[0].Result})
		}
		return d
	}
	empty, other := lineV1("", "raw-T0"), lineV1("raw-new", "raw-T0")
	for name, tc := range map[string]struct {
		lines []string
		want  probe.ExpectToken // "" = not from the log
		flags []int             // of the entries, -1 = not told
	}{
		"in order, own flag has another": {[]string{other, empty, empty}, probe.TokenOther, []int{1, 0, 2}},
		"in order, another flag has one": {[]string{empty, other, empty}, probe.TokenEmpty, []int{1, 0, 2}},
		"one more than tries":            {[]string{empty, other, empty, empty}, "", []int{-1, -1, -1, -1}},
		"more, but all the same":         {[]string{empty, empty, empty, empty}, probe.TokenEmpty, []int{1, 1, 1, 1}},
		"fewer, and all the same":        {[]string{empty}, probe.TokenEmpty, []int{1}},
		"v2 names the flag":              {[]string{notFoundV2("u0", "APP"), notFoundV2("u0", "2"), notFoundV2("u0", "WEB")}, probe.TokenEmpty, []int{0, 2, 1}},
		"another client of the user":     {[]string{mismatchV2("u0", "raw-new", "raw-else")}, "", nil},
		"another user, same token":       {[]string{mismatchV2("u1", "raw-new", "raw-T0")}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := user()
			Attach(d, probe.LogFacts{}, logged(t, tc.lines...))
			p := &d.Pairings[0]
			if fromLog := p.ExpectTokenSource == probe.FromLog; fromLog != (tc.want != "") || fromLog && p.ExpectToken != tc.want {
				t.Errorf("%s from %q, want %q", p.ExpectToken, p.ExpectTokenSource, tc.want)
			}
			var flags []int
			for _, l := range d.Log.Entries {
				flag := -1
				if l.Flag != nil {
					flag = *l.Flag
				}
				flags = append(flags, flag)
				if (l.Pairing != "") != (flag == 1) {
					t.Errorf("the line of flag %d belongs to pairing %q", flag, l.Pairing)
				}
			}
			if fmt.Sprint(flags) != fmt.Sprint(tc.flags) {
				t.Errorf("flags %v, want %v", flags, tc.flags)
			}
		})
	}
}

// TestAttachBefore: lines that are older than the run are kept as evidence and
// decide nothing.
func TestAttachBefore(t *testing.T) {
	t.Parallel()
	d := &probe.Diagnosis{Mode: probe.ModeUser, User: &probe.User{UID: "u0", Token: "T0", ConnectFlag: 1}, Pairings: []probe.Pairing{refusedPairing(1, 1, 0)}}
	d.Pairings[0].ExpectToken, d.Pairings[0].ExpectTokenSource = probe.TokenMatch, probe.FromStore
	entries := logged(t, lineV1("raw-old", "raw-T0"), bannedV1("u0"))
	for i := range entries {
		entries[i].Before = true
	}
	if Attach(d, probe.LogFacts{}, entries) {
		t.Error("old lines complete nothing")
	}
	if d.Pairings[0].ExpectTokenSource != probe.FromStore || d.Log.Refusals != 0 || len(d.Log.Entries) != 2 || !d.Log.Entries[0].Before {
		t.Errorf("got %+v, %+v", d.Pairings[0], d.Log)
	}
}

func TestOlderThan(t *testing.T) {
	t.Parallel()
	zoned, unzoned := logged(t, notFoundV2("u0", "WEB"))[0], logged(t, lineV1("", "raw-T0"))[0]
	at := time.Date(2026, 11, 22, 13, 51, 22, 0, time.UTC)
	for _, tc := range []struct {
		e     Entry
		start time.Time
		want  bool
	}{
		{zoned, at.Add(time.Minute), true},
		{zoned, at, false},
		{zoned, at.Add(clockSlack), false},
		{unzoned, at.Add(time.Hour), false}, // its zone is not known
	} {
		if got := tc.e.OlderThan(tc.start); got != tc.want {
			t.Errorf("%s against %s: %v", tc.e.Time, tc.start, got)
		}
	}
}
