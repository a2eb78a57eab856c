package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report"
)

// behaviour is one way in which a server, or what stands before it, does not do
// as it should, at one step of a run.
type behaviour struct {
	name  string
	set   func(s *badServer)
	first string // codes of which the first finding must be one, by spaces
	exit  int    // 0: nothing is wrong for a client
	slow  bool   // it is about waiting: the limits are short
	heavy bool   // it sends much, or what becomes much
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
}

// Limits of this table. A run has behaviourTime and then clears its users, which
// takes at most the 3 s of a clean-up without progress, 8 s where it was asked to
// slow down; slack is for a machine that does other things.
const (
	behaviourTime  = 25 * time.Second
	behaviourSlack = 20 * time.Second
	atOnce         = 48
)

// TestHostileBehaviours runs wkctl against each behaviour. Every run ends within
// its time, with the right code or without an answer and a finding that says why;
// every format can be read by its readers in both languages, none tells a secret,
// and nothing is left open. It is not parallel with other tests, so that what it
// counts is its own; one row is run by -run 'TestHostileBehaviours/name'.
func TestHostileBehaviours(t *testing.T) {
	others := goleak.IgnoreCurrent()
	files := filesNow()
	all := chosen(t, behaviours())
	trials := make([]*trial, len(all))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, b := range all {
		trials[i] = &trial{behaviour: b, dir: t.TempDir()}
		g.Go(func() error { trials[i].run(t); return nil })
	}
	_ = g.Wait()
	for i, b := range all {
		t.Run(b.name, trials[i].check)
	}
	if err := goleak.Find(others); err != nil {
		t.Error("goroutines are left:", err)
	}
	for deadline := time.Now().Add(5 * time.Second); filesNow() > files; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d files and sockets are open, %d were before", filesNow(), files)
		}
	}
}

// chosen leaves those that -run names; without it, all.
func chosen(t *testing.T, all []behaviour) []behaviour {
	t.Helper()
	_, name, _ := strings.Cut(flagValue("test.run"), "/")
	pattern, err := regexp.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := 0; raceDetector { // it makes a run five times slower
		all = slices.DeleteFunc(all, func(behaviour) bool { n++; return n%4 != 0 })
	}
	return slices.DeleteFunc(all, func(b behaviour) bool { return !pattern.MatchString(strings.ReplaceAll(b.name, " ", "_")) })
}

// filesNow counts the descriptors of this process; -1 where the system does not
// list them.
func filesNow() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(list)
}

// args is the command line of a behaviour; what it needs lies in dir.
func (b *behaviour) args(s *badServer, dir string) []string {
	timeout := "5s"
	if b.slow {
		timeout = "1500ms"
	}
	args := []string{"diagnose", "--api", s.apiURL(), "--verbose", "--timeout", timeout, "--max-time", behaviourTime.String()}
	if !b.user {
		return append(args, "--flags", "0,1")
	}
	file := filepath.Join(dir, "token.txt")
	_ = os.WriteFile(file, []byte(userSecret+"\n"), 0o600) // where it is missing the exit code is another
	return append(args, "--uid", "alice", "--token-file", file, "--sdk", "js", "--hold", "100ms")
}

// trial is one run against a behaviour and what came of one behaviour.
type trial struct {
	behaviour
	dir     string
	server  *badServer
	console terminal
	zh      terminal
	code    int
	zhCode  int
	took    time.Duration
	secrets []string
}

func (o *trial) run(t *testing.T) {
	o.server = &badServer{}
	o.set(o.server)
	o.server.open(t)
	defer o.server.close()
	args := append(o.args(o.server, o.dir), everyOutput(o.folder("en"))...)
	o.console.env = map[string]string{"WKCTL_MANAGER_TOKEN": managerSecret}
	start := time.Now()
	o.code = o.console.run(t, args...)
	o.took = time.Since(start)
	o.secrets = append(o.server.secrets(), userSecret, managerSecret, planted)
	o.zhCode = o.zh.run(t, append([]string{"report", filepath.Join(o.dir, "en", "json"), "--lang", "zh", "--verbose"}, everyOutput(o.folder("zh"))...)...)
}

// folder makes a folder for the reports of one language.
func (o *trial) folder(lang string) string {
	dir := filepath.Join(o.dir, lang)
	_ = os.Mkdir(dir, 0o700) // what is missing is missed when it is read
	return dir
}

func (o *trial) check(t *testing.T) {
	if limit := behaviourTime + 8*time.Second + behaviourSlack; o.took > limit {
		t.Errorf("it took %s, expected at most %s", o.took, limit)
	}
	b, err := os.ReadFile(filepath.Join(o.dir, "en", "json"))
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
	o.checkVerdict(t, &d)
	o.checkReports(t)
	o.checkManners(t, &d)
	if t.Failed() || testing.Verbose() {
		t.Logf("%s, exit code %d, %s\n%s", o.took.Round(time.Millisecond), o.code, codesOf(&d), escape.ReplaceAllString(o.console.stdout.String(), ""))
	}
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
	if d.Verdict.ExitCode != o.code || o.zhCode != o.code {
		t.Errorf("exit code %d, %d in the report, %d when it is shown again", o.code, d.Verdict.ExitCode, o.zhCode)
	}
	first := ""
	if len(d.Findings) > 0 {
		first = d.Findings[0].Code
	}
	if d.Stopped == probe.StopMaxTime && o.code == exitNoDiagnosis && first != "" {
		return // too busy a machine: not known, and it says so
	}
	if o.code != o.exit || !slices.Contains(strings.Fields(o.first), first) {
		t.Errorf("exit code %d with %q, expected %d with one of %q first", o.code, codesOf(d), o.exit, o.first)
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

// checkReports: every format is what its readers read, and holds no secret.
func (o *trial) checkReports(t *testing.T) {
	t.Helper()
	all := slices.Concat(o.console.stdout.Bytes(), o.console.stderr.Bytes(), o.zh.stdout.Bytes(), o.zh.stderr.Bytes())
	onlyText(t, "stdout and stderr", all)
	for _, lang := range spoken() {
		for _, format := range report.Formats() {
			file := filepath.Join(o.dir, lang, string(format))
			checkFormat(t, format, file)
			b, _ := os.ReadFile(file) // as just now
			all = append(all, b...)
		}
	}
	leaks(t, "a report", all, o.secrets...)
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
