package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// live is a real server, named by the environment: WKCTL_LIVE_API, WKCTL_LIVE_WS,
// WKCTL_LIVE_TCP and WKCTL_LIVE_GENERATION. It has to have token authentication on
// and no manager token.
type live struct{ api, ws, tcp string }

func (l live) APIURL() string  { return l.api }
func (l live) WSURL() string   { return l.ws }
func (live) WSSURL() string    { return "" }
func (l live) TCPAddr() string { return l.tcp }
func (live) CACert() []byte    { return nil }
func (live) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
func (live) harmful(row generationRow) bool { return row.as.key != nil }

func liveServer(t *testing.T) (live, Generation) {
	t.Helper()
	l := live{os.Getenv("WKCTL_LIVE_API"), os.Getenv("WKCTL_LIVE_WS"), os.Getenv("WKCTL_LIVE_TCP")}
	if l.api == "" || l.ws == "" || l.tcp == "" {
		t.Skip("WKCTL_LIVE_API, WKCTL_LIVE_WS and WKCTL_LIVE_TCP are not all set")
	}
	g, err := ParseGeneration(os.Getenv("WKCTL_LIVE_GENERATION"))
	if err != nil {
		t.Fatalf("WKCTL_LIVE_GENERATION: %v", err)
	}
	// 1.0.9 to 2.2.5 mix up a new connection with one that closes at that moment,
	// so those of the test before have to be gone.
	time.Sleep(5 * time.Second)
	return l, g
}

// TestLiveAuth holds the table of TestAuth to a real server. Rows that harm one,
// that need another configuration or a fixed uid are left out. The sockets stay
// open to the end, and each row has a uid of its own, which is logged out again.
func TestLiveAuth(t *testing.T) {
	l, g := liveServer(t)
	run := strings.ToLower(rand.Text()[:8])
	var wg sync.WaitGroup
	for i, row := range authRows() {
		if l.harmful(row) || row.cfg.NoTokenAuth || row.cfg.ManagerToken != "" || row.cfg.VisitorSuffix != "" || strings.HasPrefix(row.as.uid, "____") {
			continue
		}
		for _, transport := range []string{"ws", "tcp"} {
			as := row.as
			if as.uid == "" {
				as.uid = fmt.Sprintf("wkctl-%s-%d-%s", run, i, transport)
			}
			as.device = fmt.Sprint(run, i, transport)
			if row.prepare != nil {
				row.prepare(t, l, as.uid)
				defer func() { quit(t, l, as.uid, -1); quit(t, l, as.uid, int(as.flag)) }()
			}
			wg.Go(func() {
				if got, want := attempt(t, l, transport, as), row.want(g); got != want {
					t.Errorf("%s on %s: the server answers %s, the stand-in %s", row.name, transport, got, want)
				}
			})
		}
	}
	wg.Wait()
}

// TestLiveAPI holds the texts of the API to a real server's.
func TestLiveAPI(t *testing.T) {
	l, g := liveServer(t)
	for _, row := range apiRows() {
		if strings.Contains(row.body, "____") {
			continue
		}
		status, body, _ := call(t, l, row.method, l.api+row.path, row.body, "Content-Type", "text/plain")
		got, want := itoa(status)+" "+body, row.want[g]
		if got != want && !sameJSON(got, want) {
			t.Errorf("%s: the server answers %s, the stand-in %s", row.name, got, want)
		}
	}
	quit(t, l, "u", -1)
	quit(t, l, "u", 255)
	quit(t, l, "cc", 0)
	quit(t, l, "a@b", 0)
}

// sameJSON compares status and body, whatever the order of keys.
func sameJSON(a, b string) bool {
	var x, y any
	return a[:4] == b[:4] && json.Unmarshal([]byte(a[4:]), &x) == nil && json.Unmarshal([]byte(b[4:]), &y) == nil && reflect.DeepEqual(x, y)
}

// TestLiveFeatures holds the paths that tell releases apart to a real server's. It
// needs the very release that stands for the generation.
func TestLiveFeatures(t *testing.T) {
	l, g := liveServer(t)
	for path, in := range featurePaths() {
		status, _, _ := call(t, l, "GET", l.api+path, "")
		if want := slices.Contains(in, g); (status != 404) != want {
			t.Errorf("%s: the server answers %d, the stand-in has it: %v", path, status, want)
		}
	}
}

// TestLiveKicks holds the kick rules to a real server's, which takes 12 s. The
// socket of each row is its own, as is its uid.
func TestLiveKicks(t *testing.T) {
	l, g := liveServer(t)
	run := strings.ToLower(rand.Text()[:8])
	var wg sync.WaitGroup
	for i, row := range kickRows() {
		uid := fmt.Sprintf("wkctl-%s-k%d", run, i)
		register(t, l, uid, "T", 0, row.level)
		defer quit(t, l, uid, -1)
		old := loggedIn(t, l, "tcp", who{uid: uid, token: "T"})
		row.then(t, l, uid)
		wg.Go(func() {
			if got, want := fateOf(t, old, 12*time.Second), row.want(g); got != want {
				t.Errorf("%s: on the server it %q, on the stand-in %q", row.name, got, want)
			}
		})
	}
	wg.Wait()
}

// TestLiveConnack holds the CONNACK of a login to a real server's.
func TestLiveConnack(t *testing.T) {
	l, g := liveServer(t)
	uid := "wkctl-" + strings.ToLower(rand.Text()[:8])
	register(t, l, uid, "T", 0, 0)
	defer quit(t, l, uid, 0)
	s := start(t, Config{Generation: g})
	s.Register(uid, "T", 0, 0)
	for _, version := range []uint8{1, 3, 4, 5, 6, 255} {
		var acks []string
		for _, to := range []target{l, s} {
			c := dial(t, to, "ws")
			c.write(who{uid: uid, token: "T", version: version, device: fmt.Sprint(version)}.packet())
			raw, err := c.read(soon)
			if err != nil {
				t.Fatal(err)
			}
			decodeAs := uint8(1)
			if len(raw) == 84 {
				decodeAs = 4
			}
			f, _, err := wkproto.New().DecodeFrame(raw, decodeAs)
			ack, ok := f.(*wkproto.ConnackPacket)
			if !ok {
				t.Fatalf("got % x, %v", raw, err)
			}
			acks = append(acks, fmt.Sprint(len(raw), raw[0], ack.ServerVersion, ack.NodeId, len(ack.Salt), len(ack.ServerKey), ack.ReasonCode))
		}
		if acks[0] != acks[1] {
			t.Errorf("client version %d: the server answers %s, the stand-in %s", version, acks[0], acks[1])
		}
	}
}
