package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// logFile is a server's log that can be read while it is written.
type logFile struct {
	path string
	f    *os.File
}

func newLogFile(t *testing.T, before ...string) *logFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "error.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if len(before) > 0 {
		if _, err := f.WriteString(strings.Join(before, "\n") + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	return &logFile{path: path, f: f}
}

func (l *logFile) Write(b []byte) (int, error) { return l.f.Write(b) }

// diagnosed runs diagnose and decodes its JSON.
func diagnosed(t *testing.T, args ...string) (*probe.Diagnosis, *terminal) {
	t.Helper()
	return diagnosedIn(t, &terminal{}, args...)
}

func diagnosedIn(t *testing.T, f *terminal, args ...string) (*probe.Diagnosis, *terminal) {
	t.Helper()
	f.run(t, append([]string{"diagnose", "--format", "json"}, args...)...)
	d := &probe.Diagnosis{}
	if err := json.Unmarshal(f.stdout.Bytes(), d); err != nil {
		t.Fatalf("%v: %s %s", err, &f.stdout, &f.stderr)
	}
	return d, f
}

// TestServerLogOfTable: on the generations whose lines name token or user, every
// refused pairing is proved by the log.
func TestServerLogOfTable(t *testing.T) {
	t.Parallel()
	for gen, want := range map[sandbox.Generation]int{sandbox.V10: 0, sandbox.V1: 2, sandbox.V2Beta: 0, sandbox.V20: 0, sandbox.V2: 2, sandbox.V3: 0} {
		t.Run(string(gen), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) {
				log := newLogFile(t)
				s := serveOn(t, n, sandbox.Config{Generation: gen, Log: log})
				d, _ := diagnosedIn(t, &terminal{net: n}, "--api", s.APIURL(), "--flags", "0,1", "--server-log", log.path)
				proved := 0
				for _, p := range d.Pairings {
					if p.ExpectTokenSource != probe.FromLog {
						continue
					}
					proved++
					if p.ExpectToken != probe.TokenEmpty || p.TokenFlag == p.ConnectFlag {
						t.Errorf("%s: expectToken %s", p.ID, p.ExpectToken)
					}
				}
				if proved != want || d.Log == nil || d.Log.Source != log.path {
					t.Errorf("%d pairings proved by the log, want %d; %+v", proved, want, d.Log)
				}
			})
		})
	}
}

// loggedCause is a reason for a refusal that v1 shows in its log alone.
type loggedCause struct {
	stored []sandbox.Login // tokens that the server has
	code   string
	state  probe.ExpectToken
}

// TestServerLogNamesTheCause: v1 shows nothing of what it has stored; its log
// does.
func TestServerLogNamesTheCause(t *testing.T) {
	t.Parallel()
	const given, newer = "t0ken-of-alice", "newer-t0ken-of-alice"
	for name, tc := range map[string]loggedCause{
		"under another flag":               {[]sandbox.Login{{Token: given, Flag: 0}}, "WK501", probe.TokenEmpty},
		"another token":                    {[]sandbox.Login{{Token: newer, Flag: 1}}, "WK503", probe.TokenOther},
		"another token under another flag": {[]sandbox.Login{{Token: newer, Flag: 0}}, "WK501", probe.TokenEmpty},
		"nothing":                          {nil, "WK502", probe.TokenEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) {
				f := tc.check(t, n, given)
				for _, raw := range []string{given, newer, "old-t0ken"} {
					if strings.Contains(f.stdout.String(), raw) {
						t.Errorf("the report shows %q", raw)
					}
				}
			})
		})
	}
}

// check lets alice log in with a token, and gives what was printed.
func (lc loggedCause) check(t *testing.T, n *memnet.Network, given string) *terminal {
	t.Helper()
	log := newLogFile(t, `{"level":"error","time":"1999-12-31 00:00:00","msg":"【Processor】token verify fail","expectToken":"old-t0ken","actToken":"`+given+`","conn":"Conn[1] uid= fd={2} deviceFlag=APP deviceLevel=Slave deviceID="}`)
	s := serveOn(t, n, sandbox.Config{Generation: sandbox.V1, Log: log})
	for _, row := range lc.stored {
		s.Register("alice", row.Token, row.Flag, 0)
	}
	d, f := diagnosedIn(t, &terminal{net: n}, "--api", s.APIURL(), "--uid", "alice", "--token", given, "--sdk", "js", "--server-log", log.path)
	if len(d.Findings) == 0 || d.Findings[0].Code != lc.code {
		t.Fatalf("findings %+v, want %s", d.Findings, lc.code)
	}
	p := d.Pairings[0]
	if p.ExpectToken != lc.state || p.ExpectTokenSource != probe.FromLog && lc.code != "WK501" {
		t.Errorf("expectToken %s from %s, want %s", p.ExpectToken, p.ExpectTokenSource, lc.state)
	}
	all := ""
	for _, e := range d.Findings[0].Evidence {
		all += e.Source + " " + e.Text + "\n"
	}
	if !strings.Contains(all, `server-log (device_flag=1) {"level":"error"`) || !strings.Contains(all, `before this run 1 such lines`) || !strings.Contains(all, `"actToken":"T0"`) {
		t.Errorf("evidence:\n%s", all)
	}
	return f
}

// TestServerLogBanned: v2 refuses a banned user in silence; only its log says so.
func TestServerLogBanned(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		log := newLogFile(t)
		s := serveOn(t, n, sandbox.Config{Generation: sandbox.V2, Log: log})
		s.Register("alice", "t0ken-of-alice", 1, 0)
		s.Ban("alice")
		d, _ := diagnosedIn(t, &terminal{net: n}, "--api", s.APIURL(), "--uid", "alice", "--token", "t0ken-of-alice", "--sdk", "js", "--server-log", log.path)
		if d.Findings[0].Code != "WK206" || d.Findings[0].Args["variant"] != "log" {
			t.Errorf("first finding %+v", d.Findings[0])
		}
	})
}

// TestServerLogSecrets: no format and no language shows a token of the log.
func TestServerLogSecrets(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		log := newLogFile(t)
		s := serveOn(t, n, sandbox.Config{Generation: sandbox.V1, Log: log})
		s.Register("alice", `st0red"tok<en>&\`, 1, 0)
		args := []string{"diagnose", "--api", s.APIURL(), "--uid", "alice", "--token", `s3nt"tok<en>&\`, "--server-log", log.path, "--verbose"}
		dir := t.TempDir()
		for _, format := range []string{"markdown", "json", "html", "junit", "short", "github"} {
			args = append(args, "--output", format+"="+filepath.Join(dir, format))
		}
		f := &terminal{net: n}
		f.run(t, args...)
		leaks(t, "table", f.stdout.Bytes(), `st0red"tok<en>&\`, `s3nt"tok<en>&\`)
		leaks(t, "stderr", f.stderr.Bytes(), `st0red"tok<en>&\`, `s3nt"tok<en>&\`)
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 6 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, file := range files {
			b, err := os.ReadFile(filepath.Join(dir, file.Name()))
			if err != nil || !strings.Contains(string(b), "WK503") {
				t.Errorf("%s: %v, %d bytes", file.Name(), err, len(b))
			}
			leaks(t, file.Name(), b, `st0red"tok<en>&\`, `s3nt"tok<en>&\`)
		}
	})
}

// TestServerLogStdin: a log that is piped in and never ends holds nothing up.
func TestServerLogStdin(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		r, w := io.Pipe()
		defer func() { _ = w.Close() }()
		s := serveOn(t, n, sandbox.Config{Generation: sandbox.V2, Log: w})
		f := &terminal{net: n, stdin: r}
		start := time.Now()
		code := f.run(t, "diagnose", "--api", s.APIURL(), "--token-flag", "0", "--sdk", "js", "--server-log", "-", "--verbose")
		if code != exitFinding || !strings.Contains(f.stdout.String(), "the server's log says so") || !strings.Contains(f.stdout.String(), "server log stdin: the refusal of this run is in it") {
			t.Errorf("exit code %d\n%s", code, &f.stdout)
		}
		// What the server's silence costs, and no more.
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// TestServerLogUsage: what cannot be read is refused before anything is sent.
func TestServerLogUsage(t *testing.T) {
	t.Parallel()
	log := newLogFile(t)
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{})
		for _, args := range [][]string{
			{"--server-log", filepath.Join(t.TempDir(), "none.log")}, {"--server-log", t.TempDir()},
			{"--server-log", log.path, "--server-log-command", "true"},
			{"--server-log", "-", "--uid", "alice", "--token-stdin"},
			{"--server-config", filepath.Join(t.TempDir(), "wk.yaml")}, {"--server-config", t.TempDir()},
		} {
			f := &terminal{net: n}
			if code := f.run(t, append([]string{"diagnose", "--api", s.APIURL()}, args...)...); code != exitUsage || f.stdout.Len() > 0 || !strings.HasPrefix(f.stderr.String(), "wkctl: ") {
				t.Errorf("%v: exit code %d, %q", args, code, &f.stderr)
			}
		}
		if n := len(s.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
		f := &terminal{net: n}
		if code := f.run(t, "diagnose", "--sandbox", "v2", "--server-log", log.path); code != exitUsage {
			t.Errorf("with --sandbox: exit code %d", code)
		}
	})
}
