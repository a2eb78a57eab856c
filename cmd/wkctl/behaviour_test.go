package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/report"
)

// behaviour is one way in which a server, or what stands before it, does not do
// as it should, at one step of a run.
type behaviour struct {
	name  string
	set   func(s *badServer)
	first string // code of the first finding
	exit  int    // 0: nothing is wrong for a client
	user  bool   // the login of an existing user is diagnosed
	alone bool   // no address of /route may be visited
}

// behaviours lists all of them, step by step.
func behaviours() []behaviour {
	return slices.Concat(apiConnections(), apiStatuses(), apiBodies(), redirects(), cleanUps(), routeAddresses(), upgrades(), sockets(), frames(), tcpPorts())
}

// TestBehavioursAreMany: the table covers every step, and each row has a name.
func TestBehavioursAreMany(t *testing.T) {
	t.Parallel()
	all := behaviours()
	if len(all) < 150 {
		t.Errorf("%d behaviours, expected at least 150", len(all))
	}
	seen := map[string]bool{}
	for _, b := range all {
		if b.name == "" || seen[b.name] || b.set == nil || b.first == "" {
			t.Errorf("%q: expected a name of its own, something that it does and the code of its first finding", b.name)
		}
		seen[b.name] = true
	}
	for name := range shownBehaviours() {
		if !seen[name] {
			t.Errorf("no behaviour is called %q", name)
		}
	}
}

// noFinding is the first finding of a run that has none: what the server does harms
// nobody.
const noFinding = "none"

// behaviourTime is what a run of this table may take: its --max-time, and then
// the 8 s of a clean-up that was asked to slow down. The clock is the bubble's, so
// that no machine is too slow for it.
const (
	behaviourTime  = 25 * time.Second
	behaviourClean = 8 * time.Second
)

// TestHostileBehaviours runs wkctl against each behaviour. Every run ends within
// its time, with the right code and finding, fits the contract, tells no secret and
// leaves nothing running or open: its bubble would not end. The rows of
// shownBehaviours are shown in every format and language besides.
func TestHostileBehaviours(t *testing.T) {
	t.Parallel()
	shown := shownBehaviours()
	for _, b := range behaviours() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			o := &trial{behaviour: b, dir: t.TempDir()}
			bubble(t, o.run)
			if d := o.check(t); shown[b.name] != "" && !t.Failed() {
				o.checkFormats(t, d)
			}
		})
	}
}

// args is the command line of a behaviour; what it needs lies in dir.
func (b *behaviour) args(s *badServer, dir string) []string {
	args := []string{"diagnose", "--api", s.apiURL(), "--verbose", "--timeout", "5s", "--max-time", behaviourTime.String()}
	if !b.user {
		return append(args, "--flags", "0,1")
	}
	file := filepath.Join(dir, "token.txt")
	_ = os.WriteFile(file, []byte(userSecret+"\n"), 0o600) // where it is missing the exit code is another
	return append(args, "--uid", "alice", "--token-file", file, "--sdk", "js", "--hold", "100ms")
}

// trial is one run against a behaviour and what came of it.
type trial struct {
	behaviour
	dir     string
	server  *badServer
	console terminal
	code    int
	took    time.Duration
	secrets []string
}

func (o *trial) run(t *testing.T, n *memnet.Network) {
	o.server = &badServer{}
	o.set(o.server)
	o.server.open(t, n)
	defer o.server.close()
	o.console = terminal{net: n, env: map[string]string{"WKCTL_MANAGER_TOKEN": managerSecret}}
	start := time.Now()
	o.code = o.console.run(t, append(o.args(o.server, o.dir), "--output", "json="+o.file("json"))...)
	o.took = time.Since(start)
	o.secrets = append(o.server.secrets(), userSecret, managerSecret, planted)
}

func (o *trial) file(name string) string { return filepath.Join(o.dir, name) }

func (o *trial) check(t *testing.T) *probe.Diagnosis {
	t.Helper()
	if o.took > behaviourTime+behaviourClean {
		t.Errorf("it took %s", o.took)
	}
	b, err := os.ReadFile(o.file("json"))
	if err != nil {
		t.Fatalf("exit code %d, no report: %v\n%s%s", o.code, err, &o.console.stdout, &o.console.stderr)
	}
	var d probe.Diagnosis
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if err := validated(b); err != nil {
		t.Errorf("the report does not fit its schema: %v", err)
	}
	all := slices.Concat(o.console.stdout.Bytes(), o.console.stderr.Bytes(), b)
	onlyText(t, "stdout, stderr or JSON", all)
	leaks(t, "stdout, stderr or JSON", all, o.secrets...)
	o.checkVerdict(t, &d)
	o.checkManners(t, &d)
	if t.Failed() || testing.Verbose() {
		t.Logf("%s, exit code %d, %s\n%s", o.took, o.code, codesOf(&d), escape.ReplaceAllString(o.console.stdout.String(), ""))
	}
	return &d
}

// codesOf lists the findings in order.
func codesOf(d *probe.Diagnosis) string {
	var list []string
	for _, f := range d.Findings {
		list = append(list, fmt.Sprintf("%s/%s", f.Code, f.Severity))
	}
	return strings.Join(list, " ")
}

// checkVerdict: the right exit code, and no trouble without a finding.
func (o *trial) checkVerdict(t *testing.T, d *probe.Diagnosis) {
	t.Helper()
	if d.Verdict.ExitCode != o.code {
		t.Errorf("exit code %d, %d in the report", o.code, d.Verdict.ExitCode)
	}
	first := noFinding
	if len(d.Findings) > 0 {
		first = d.Findings[0].Code
	}
	if o.code != o.exit || first != o.first {
		t.Errorf("exit code %d with %q, expected %d with %q first", o.code, codesOf(d), o.exit, o.first)
	}
	trouble := d.Verdict.ExitCode != exitOK
	for i := range d.Pairings {
		trouble = trouble || d.Pairings[i].Verdict == probe.OutcomeFail || d.Pairings[i].Verdict == probe.OutcomeUnknown
	}
	for i := range d.Checks {
		trouble = trouble || d.Checks[i].Outcome == probe.OutcomeFail
	}
	if trouble && len(d.Findings) == 0 {
		t.Error("something failed or is unknown, and no finding says why")
	}
}

// checkFormats shows the report again, in each language: every format is what its
// readers read, holds no secret, and the exit code is the same.
func (o *trial) checkFormats(t *testing.T, d *probe.Diagnosis) {
	t.Helper()
	for _, lang := range spoken() {
		dir := t.TempDir()
		f := &terminal{}
		args := append([]string{"report", o.file("json"), "--lang", lang, "--verbose"}, everyOutput(dir)...)
		if code := f.run(t, args...); code != d.Verdict.ExitCode {
			t.Errorf("exit code %d when it is shown again, %d in the report", code, d.Verdict.ExitCode)
		}
		all := slices.Concat(f.stdout.Bytes(), f.stderr.Bytes())
		onlyText(t, "stdout and stderr", all)
		for _, format := range report.Formats() {
			file := filepath.Join(dir, string(format))
			checkFormat(t, format, file)
			b, _ := os.ReadFile(file) // as just now
			all = append(all, b...)
		}
		leaks(t, "a report", all, o.secrets...)
	}
}

// checkManners: nothing was sent that harms or that tells a secret, and what is
// left on the server is listed.
func (o *trial) checkManners(t *testing.T, d *probe.Diagnosis) {
	t.Helper()
	o.server.mu.Lock()
	breaches, visits := o.server.breaches, o.server.visits
	o.server.mu.Unlock()
	if len(breaches) > 0 {
		t.Errorf("sent: %q", breaches)
	}
	if o.alone && visits > 0 {
		t.Errorf("somebody else was asked %d times", visits)
	}
	for _, row := range o.server.left() {
		listed := slices.ContainsFunc(d.Left, func(l probe.LeftToken) bool { return l.UID == row.uid && l.DeviceFlag == row.flag })
		if !listed {
			t.Errorf("the token of %s, flag %d, was left and is not listed", row.uid, row.flag)
		}
	}
}
