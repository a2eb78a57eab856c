package sdk_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

const harnessDir = "../../testdata/jssdk"

// login is one case for the harness; its JSON is described in run.mjs.
type login struct {
	SDK    string `json:"sdk"`
	WS     string `json:"ws"`
	UID    string `json:"uid"`
	Token  string `json:"token"`
	For    int    `json:"for"`
	Events int    `json:"events"`
	Sent   int    `json:"sent,omitempty"`

	row    sdk.SDK
	server *sandbox.Server // nil: the one that closes at once
	ends   string          // accepted, refused, silent or closed
}

// report is what the harness saw of a login.
type report struct {
	UID    string  `json:"uid"`
	Sent   [][]any `json:"sent"`
	Events [][]any `json:"events"`
	Timers []int   `json:"timers"`
}

// The real SDKs, as installed from their packages, do on the wire what their
// rows do, and tell their users what the rows say.
func TestRealSDKs(t *testing.T) {
	t.Parallel()
	rows := installed(t)
	var cases []login
	for _, g := range sandbox.Generations() {
		cases = append(cases, casesOf(startSandbox(t, g), rows)...)
	}
	closer := closingServer(t)
	for pkg, row := range rows {
		cases = append(cases, login{SDK: pkg, WS: closer, UID: "closed-" + row.Family, For: 10000, Events: 2, Sent: 2, row: row, ends: "closed"})
	}
	for i, r := range runHarness(t, cases) {
		c := cases[i]
		t.Run(strings.Join([]string{c.row.ID, c.UID, c.ends}, "/"), func(t *testing.T) {
			if r.UID != c.UID {
				t.Fatalf("got the report of %q; want %q", r.UID, c.UID)
			}
			checkSent(t, c, r)
			checkEvents(t, c, r)
		})
	}
}

// installed gives the rows of the packages in testdata/jssdk, or skips.
func installed(t *testing.T) map[string]sdk.SDK {
	t.Helper()
	version, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	if err != nil {
		t.Skipf("node is not here (%v): the real SDKs are not run", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(version)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < 20 {
		t.Skipf("node is %s, expected 20 or newer: the real SDKs are not run", bytes.TrimSpace(version))
	}
	if _, err := os.Stat(filepath.Join(harnessDir, "node_modules")); err != nil {
		t.Skip("testdata/jssdk/node_modules is not here: run npm ci there to run the real SDKs")
	}
	b, err := os.ReadFile(filepath.Join(harnessDir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Dependencies map[string]string }
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	rows := map[string]sdk.SDK{}
	for pkg, family := range map[string]string{"wukongimjssdk": "js", "wukongimuniappsdk": "uniapp"} {
		if rows[pkg], err = sdk.Find(family + "@" + p.Dependencies[pkg]); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// casesOf registers users at a server and gives the logins to try there.
func casesOf(srv *sandbox.Server, rows map[string]sdk.SDK) (list []login) {
	g := srv.Generation()
	refused := "refused"
	switch g {
	case sandbox.V2:
		refused = "silent"
	case sandbox.V3:
		refused = "accepted" // it checks no token
	}
	either := func(accepted bool) string {
		if accepted {
			return "accepted"
		}
		return refused
	}
	for pkg, row := range rows {
		own, other := uint8(row.DefaultFlag()), uint8(0)
		add := func(name, token, ends string, registered ...uint8) {
			c := login{SDK: pkg, WS: srv.WSURL(), UID: fmt.Sprintf("%s-%s-%s", name, row.Family, g), Token: token, For: 10000, Events: 1,
				row: row, server: srv, ends: ends}
			for _, flag := range registered {
				srv.Register(c.UID, "right", flag, 0)
			}
			switch {
			case ends == "silent":
				c.Events, c.Sent = 2, 2
			case ends == "refused" && g != sandbox.V10: // v1.0 leaves a refused connection open
				c.Events = 2
			}
			list = append(list, c)
		}
		add("right-token", "right", either(g != sandbox.V10), own) // v1.0 knows the token of flag 0 only
		add("other-flag", "right", either(g == sandbox.V10 || g == sandbox.V2Beta), other)
		add("wrong-token", "wrong", refused, own, other)
		add("empty-token", "", refused, own, other)
		add("unknown-user", "right", refused)
	}
	return list
}

// closingServer upgrades, reads one message and cuts the connection.
func closingServer(t *testing.T) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		_, _, _ = c.Read(r.Context())
		_ = c.CloseNow()
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func runHarness(t *testing.T, cases []login) []report {
	t.Helper()
	in, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "run.mjs", "--cases", "-", "--scale", "20")
	cmd.Dir = harnessDir
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running the harness: %v\n%s", err, stderr.Bytes())
	}
	var reports []report
	if err := json.Unmarshal(out, &reports); err != nil || len(reports) != len(cases) {
		t.Fatalf("got %d reports, error %v; want %d", len(reports), err, len(cases))
	}
	return reports
}

// checkSent compares every CONNECT of the real SDK with the row's, field by
// field and byte by byte, the random parts taken from the SDK's.
func checkSent(t *testing.T, c login, r report) {
	t.Helper()
	shape, err := c.row.DeviceID.Pattern()
	if err != nil {
		t.Fatal(err)
	}
	devices := map[string]bool{}
	for _, s := range r.Sent {
		raw, err := hex.DecodeString(s[0].(string))
		if err != nil {
			t.Fatal(err)
		}
		f, n, err := wire.Decode(raw)
		theirs, ok := f.(*wire.Connect)
		if err != nil || !ok || n != len(raw) {
			t.Fatalf("the SDK sent %x: %T, error %v", raw, f, err)
		}
		ours, err := c.row.Connect(sdk.Login{
			UID: c.UID, Token: c.Token, Flag: c.row.WireFlag,
			DeviceID: theirs.DeviceID, ClientKey: theirs.ClientKey, Now: time.UnixMilli(theirs.ClientTimestamp),
		})
		if err != nil {
			t.Fatal(err)
		}
		f, _, err = wire.Decode(ours.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.(*wire.Connect); *got != *theirs {
			t.Errorf("row %s sends %v; the SDK sends %v", c.row.ID, got, theirs)
		}
		if !bytes.Equal(ours.Payload, raw) {
			t.Errorf("row %s sends\n%x; the SDK sends\n%x", c.row.ID, ours.Payload, raw)
		}
		if !shape.MatchString(theirs.DeviceID) {
			t.Errorf("device id %q does not match %v", theirs.DeviceID, shape)
		}
		if age := time.Since(time.UnixMilli(theirs.ClientTimestamp)); age < -time.Minute || age > 5*time.Minute {
			t.Errorf("client timestamp is %v old; want the present, in ms", age)
		}
		devices[theirs.DeviceID] = true
	}
	if len(r.Sent) == 0 || len(devices) != len(r.Sent) {
		t.Errorf("got %d CONNECTs with %d device ids; want a new one each", len(r.Sent), len(devices))
	}
}

// checkEvents compares what the SDK told its user, and whether it tried again,
// with the row.
func checkEvents(t *testing.T, c login, r report) {
	t.Helper()
	var got []string
	for _, e := range r.Events {
		status, _ := e[0].(float64)
		reason, _ := e[1].(float64)
		got = append(got, eventName(int(status), int(reason)))
	}
	want, again := []string{"Connected(1)"}, false
	switch c.ends {
	case "refused":
		want, again = c.row.Sees.Refused.Events, c.row.Retry.Refused
		want = want[:min(c.Events, len(want))]
	case "silent":
		want, again = c.row.Sees.Silent.Events, c.row.Retry.Silent
	case "closed":
		want, again = c.row.Sees.Closed.Events, c.row.Retry.Silent
	}
	if len(want) == 0 {
		t.Fatalf("row %s has no events for %s", c.row.ID, c.ends)
	}
	if again { // each try ends in the same events
		want = slices.Repeat(want, len(got)/len(want))
	}
	if len(got) < c.Events || !slices.Equal(got, want) {
		t.Errorf("the SDK told its user %v; row %s says %v", got, c.row.ID, want)
	}
	if tried := len(r.Sent) > 1; tried != again {
		t.Errorf("the SDK sent %d CONNECTs; row %s says tries again: %v", len(r.Sent), c.row.ID, again)
	}
	for _, ms := range r.Timers {
		if pause := fmt.Sprintf("%d s after each close", ms/1000); !again || !strings.Contains(c.row.Retry.En, pause) {
			t.Errorf("the SDK asked for a timer of %d ms; row %s says %q", ms, c.row.ID, c.row.Retry.En)
		}
	}
	if c.server != nil {
		if h := c.server.Hazards(); len(h) > 0 {
			t.Errorf("hazards: %v", h)
		}
	}
}

// eventName names a status as the SDKs' enum ConnectStatus does.
func eventName(status, reason int) string {
	names := []string{"Disconnect", "Connected", "Connecting", "ConnectFail", "ConnectKick"}
	if status < 0 || status >= len(names) {
		return fmt.Sprintf("status %d(%d)", status, reason)
	}
	return fmt.Sprintf("%s(%d)", names[status], reason)
}
