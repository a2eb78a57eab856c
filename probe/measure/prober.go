package measure

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// A Prober measures one server. API must be set; every other field has a
// useful zero value. It is used for one run.
type Prober struct {
	API     *API
	WS      string        // ws:// or wss:// URL; "" = as /route says, then port 5200 of the API's host
	SDK     sdk.SDK       // the client that is imitated; zero = the newest JS SDK
	SDKName string        // the same as it was asked for, "js@1.1.0" for example; for the report
	TLS     *tls.Config   // of the client ports; nil = the system's roots
	Origin  string        // Origin header of the upgrade; "" = the WebSocket host itself
	Timeout time.Duration // of dialling, upgrading and each API request; 0 = 5 s
	Version string        // of this program
	Vault   *secret.Vault // names the tokens; nil = one of its own

	Dial DialFunc // of the client ports; nil = the system's

	// For the report alone.
	ManagerFile string         // where the manager token was read, as it was given; "" = not from a file
	Sandbox     string         // generation of the stand-in that is asked; "" = a real server
	NoAuthOK    bool           // the user accepts a server without token auth
	FailOn      probe.Severity // the least finding that makes the exit code 1; "" = an error
	MaxTime     time.Duration  // what ctx gives the run ([Within]); 0 = no limit

	Random   io.Reader      // uids, tokens, keys; nil = crypto/rand
	Progress func(Progress) // nil = none; called from several goroutines

	polite *pacers
	waited *probe.Wait // by Await, before the run
}

// Progress says what a run is doing.
type Progress struct {
	Stage string // wait-api, wait-ws, api, user, register, control, pairings, again, sweep, back (a server that went away), cleanup
	Done  int
	Total int           // 0 = not counted
	Limit time.Duration // how long one of them may take
	Met   string        // of the stages of a wait: what the last try met, in protocol terms
}

func (p *Prober) random() io.Reader {
	if p.Random != nil {
		return p.Random
	}
	return rand.Reader
}

func (p *Prober) timeout() time.Duration {
	if p.Timeout > 0 {
		return p.Timeout
	}
	return defaultTimeout
}

// prepare fills what the run shares. The vault must be one and the same, or the
// API would echo tokens that the dialer blanks.
func (p *Prober) prepare() {
	if p.Vault == nil {
		p.Vault = &secret.Vault{}
	}
	if p.API.Vault != p.Vault {
		p.API.Vault = p.Vault
	}
	if p.polite == nil {
		p.polite = &pacers{}
		p.API.polite = &p.polite.api
	}
	if _, locked := p.Random.(*lockedReader); p.Random != nil && !locked {
		p.Random = &lockedReader{r: p.Random}
	}
	if p.API.Timeout == 0 {
		p.API.Timeout = p.timeout()
	}
	if p.SDK.ID == "" {
		p.SDK, _ = sdk.Find("js") // a row that the catalogue's own test holds
	}
}

// lockedReader lets connections that are opened at once share a random source.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}

func (p *Prober) dialer() *dialer {
	return &dialer{
		network: p.Dial, timeout: p.timeout(), tls: p.TLS, userAgent: "wkctl/" + p.Version, origin: p.Origin,
		decode: wire.Decode, vault: p.Vault, polite: p.polite,
	}
}

func (p *Prober) tool() probe.Tool {
	return probe.Tool{Name: "wkctl", Version: p.Version, OS: runtime.GOOS, Arch: runtime.GOARCH}
}

// NewToken makes a random token of 128 bits.
func (p *Prober) NewToken() (secret.Token, error) {
	p.prepare()
	raw, err := p.hex(16)
	return p.Vault.User(raw), err
}

// NewUID makes a random uid that shows where it comes from.
func (p *Prober) NewUID() (string, error) {
	p.prepare()
	raw, err := p.hex(4)
	return "wkctl-" + raw, err
}

func (p *Prober) hex(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.random(), b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}

// links keeps every connection of a run open until its end, because servers
// v1.0.9 to v2.2.5 reset a connection that is accepted while another one is
// being closed (wknet conn.go:317-318). It is safe for concurrent use.
type links struct {
	mu   sync.Mutex
	open []*link
}

func (l *links) add(link *link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, link)
}

// droppedAt is the widest that the ends of connections lie apart when the server
// behind all of them went away at once.
const droppedAt = 250 * time.Millisecond

// droppedTogether says whether every connection that was logged in, two at
// least, has ended at the same moment, which no server does on purpose.
func (l *links) droppedTogether() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ends []int64
	outlived := false // one at least had gone on behind its login
	for _, link := range l.open {
		login, end := link.loggedAt.Load(), link.endedAt.Load()
		if login == 0 {
			continue
		}
		if end == 0 {
			return false
		}
		ends = append(ends, end)
		outlived = outlived || time.Duration(end-login) > droppedAt
	}
	return len(ends) >= 2 && outlived && time.Duration(slices.Max(ends)-slices.Min(ends)) <= droppedAt
}

func (l *links) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, link := range l.open {
		link.close()
	}
	l.open = nil
}

// tries is how often a connection is opened for one verdict.
const tries = 3

// backoff lies between two of them. It also keeps the new dial away from the
// old connection's close.
const backoff = 100 * time.Millisecond

// connector opens connections for a run.
type connector struct {
	dialer   *dialer
	controls *dialect // of every login that names no other
	imitated *dialect // of the imitated SDK
	life     context.Context
	keep     func(*link)
	manager  string // uid of the server's own account, where it says so

	pulse   *pulse
	slowest atomic.Int64 // longest time, in ns, that the server took to accept one of this run
}

// connector makes what a run opens its connections with.
func (p *Prober) connector(life context.Context, keep func(*link)) *connector {
	return &connector{dialer: p.dialer(), controls: p.speak(controlSDK(p.SDK)), imitated: p.speak(p.SDK), life: life, keep: keep}
}

// try connects until a verdict, at most three times, and counts. A reset or a
// lost CONNECT is tried again; an answer, or a refusal in silence, is final.
func (c *connector) try(ctx context.Context, in login, pat patience, before probe.Result) (probe.Result, []probe.FrameDump) {
	lost, attempts := before.Lost, before.Attempts
	as := cmp.Or(in.as, c.controls)
	var a *attempt
	for n := 1; ; n++ {
		a = &attempt{login: in, dialer: as.dialer, open: as.open, pinger: as.ping, patience: pat, life: c.life, keep: c.keep,
			manager: c.manager, slowest: &c.slowest, pulse: c.pulse}
		settled := a.run(ctx)
		attempts++
		if settled || n == tries {
			break
		}
		lost = append(lost, a.result.Fault.Error())
		if !sleep(ctx, time.Duration(n)*backoff) {
			a.stopped() // a connection that would have been tried again proves nothing
			break
		}
	}
	a.result.Lost, a.result.Attempts = lost, attempts
	return a.result, a.frames
}

// sleep waits and says whether the wait was whole.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// controlFlag is the flag on which the controls run: the only one that every
// generation looks at (v1.0.0 to v1.0.5 know no other).
const controlFlag = wire.FlagApp
