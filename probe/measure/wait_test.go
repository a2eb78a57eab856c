package measure

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
)

// usual are the addresses of a server that was told nothing else.
func usual() sandbox.Addr {
	return sandbox.Addr{API: "127.0.0.1:5001", WS: "127.0.0.1:5200", TCP: "127.0.0.1:5100"}
}

// awaiting is a prober of the usual addresses.
func awaiting(t *lab) *Prober {
	return &Prober{API: &API{Base: "http://127.0.0.1:5001", Client: client(t)}, Dial: t.dial()}
}

// handler answers HTTP at an address, from now on.
func handler(t *lab, address string, serve http.HandlerFunc) {
	l, err := t.net.Listen("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	s := &http.Server{Handler: serve, ErrorLog: quiet()}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

const sec = time.Second

// TestAwait: what is waited for, and for how long exactly.
func TestAwait(t *testing.T) {
	t.Parallel()
	up := func(t *lab) { stand(t, sandbox.Config{Addr: usual()}) }
	// The pauses are 250, 375, 562.5, 843.75, 1265.625, 1898.4375 ms, then 2 s; a
	// refused dial takes 2 ms.
	for _, tc := range []struct {
		name    string
		limit   time.Duration
		setUp   func(*lab)
		change  func(*Prober)
		missing probe.CheckID
		kind    probe.FaultKind
		waited  [2]time.Duration // from, to
	}{
		{name: "it is there", limit: time.Minute, setUp: up, waited: [2]time.Duration{0, 100 * ms}},
		{name: "it comes after 20 s", limit: time.Minute, setUp: func(t *lab) { t.after(20*sec, func() { up(t) }) }, waited: [2]time.Duration{20 * sec, 22100 * ms}},
		{name: "it comes when the time is up", limit: 10 * sec, setUp: func(t *lab) { t.after(10*sec+ms, func() { up(t) }) },
			missing: probe.CheckAPI, kind: probe.FaultRefused, waited: [2]time.Duration{10 * sec, 10 * sec}},
		{name: "it never comes", limit: time.Minute, setUp: func(*lab) {}, missing: probe.CheckAPI, kind: probe.FaultRefused, waited: [2]time.Duration{time.Minute, time.Minute}},
		{name: "nobody answers", limit: 12 * sec, setUp: func(t *lab) { t.net.Blackhole("127.0.0.1:5001") },
			missing: probe.CheckAPI, kind: probe.FaultTimeout, waited: [2]time.Duration{12 * sec, 12 * sec}},
		{name: "shorter than one try", limit: sec, setUp: func(t *lab) { t.net.Blackhole("127.0.0.1:5001") },
			missing: probe.CheckAPI, kind: probe.FaultTimeout, waited: [2]time.Duration{sec, sec}},
		{name: "the name does not resolve", limit: 3 * sec, setUp: func(*lab) {}, change: func(p *Prober) { p.API.Base = "http://im.invalid:5001" },
			missing: probe.CheckAPI, kind: probe.FaultDNS, waited: [2]time.Duration{3 * sec, 3 * sec}},
		{name: "closed at once", limit: 3 * sec, setUp: func(t *lab) { onPort(t, "127.0.0.1:5001", func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }) },
			missing: probe.CheckAPI, kind: probe.FaultEOF, waited: [2]time.Duration{3 * sec, 3 * sec}},
		{name: "reset", limit: 3 * sec, setUp: func(t *lab) { onPort(t, "127.0.0.1:5001", reset) },
			missing: probe.CheckAPI, kind: probe.FaultReset, waited: [2]time.Duration{3 * sec, 3 * sec}},
		{name: "502 to the end", limit: 3 * sec, setUp: func(t *lab) { handler(t, "127.0.0.1:5001", status(502)) },
			missing: probe.CheckAPI, kind: probe.FaultStatus, waited: [2]time.Duration{3 * sec, 3 * sec}},
		{name: "504, then up", limit: time.Minute, setUp: func(t *lab) { gateway(t, 7*sec, 504, "") }, waited: [2]time.Duration{7 * sec, 9200 * ms}},
		{name: "503 that asks for 3 s, then up", limit: time.Minute, setUp: func(t *lab) { gateway(t, 4*sec, 503, "3") }, waited: [2]time.Duration{6 * sec, 6200 * ms}},
		{name: "503 that asks for an hour", limit: 7 * sec, setUp: func(t *lab) { gateway(t, time.Hour, 503, "3600") },
			missing: probe.CheckAPI, kind: probe.FaultStatus, waited: [2]time.Duration{7 * sec, 7 * sec}},
		{name: "401", limit: time.Minute, setUp: func(t *lab) { handler(t, "127.0.0.1:5001", status(401)) }, waited: [2]time.Duration{0, 100 * ms}},
		{name: "404", limit: time.Minute, setUp: func(t *lab) { handler(t, "127.0.0.1:5001", status(404)) }, waited: [2]time.Duration{0, 100 * ms}},
		{name: "429", limit: time.Minute, setUp: func(t *lab) { handler(t, "127.0.0.1:5001", status(429)) }, waited: [2]time.Duration{0, 100 * ms}},
		{name: "500", limit: time.Minute, setUp: func(t *lab) { handler(t, "127.0.0.1:5001", status(500)) }, waited: [2]time.Duration{0, 100 * ms}},
		{name: "a page", limit: time.Minute, setUp: func(t *lab) {
			handler(t, "127.0.0.1:5001", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
		}, waited: [2]time.Duration{0, 100 * ms}},
		{name: "no TLS behind https", limit: time.Minute, setUp: up, change: func(p *Prober) { p.API.Base = "https://127.0.0.1:5001" }, waited: [2]time.Duration{0, 100 * ms}},
		{name: "TLS dropped at the hello", limit: time.Minute, setUp: func(t *lab) { onPort(t, "127.0.0.1:5001", reset) },
			change: func(p *Prober) { p.API.Base = "https://127.0.0.1:5001" }, waited: [2]time.Duration{0, 100 * ms}},
		{name: "the client port comes after 5 s", limit: time.Minute, setUp: func(t *lab) {
			stand(t, sandbox.Config{Addr: sandbox.Addr{API: "127.0.0.1:5001", WS: "127.0.0.1:5999", TCP: "127.0.0.1:5100"}})
			t.after(5*sec, func() { handler(t, "127.0.0.1:5201", status(404)) })
		}, change: func(p *Prober) { p.WS = "ws://127.0.0.1:5201" }, waited: [2]time.Duration{5 * sec, 7300 * ms}},
		{name: "the client port is 502, then another answer", limit: time.Minute, setUp: func(t *lab) {
			up(t)
			begun := time.Now()
			handler(t, "127.0.0.1:5201", func(w http.ResponseWriter, _ *http.Request) {
				if time.Since(begun) < 3*sec {
					w.WriteHeader(502)
				}
			})
		}, change: func(p *Prober) { p.WS = "ws://127.0.0.1:5201" }, waited: [2]time.Duration{3 * sec, 4900 * ms}},
		{name: "the client port never comes", limit: 6 * sec, setUp: up, change: func(p *Prober) { p.WS = "ws://127.0.0.1:5201" },
			missing: probe.CheckWS, kind: probe.FaultRefused, waited: [2]time.Duration{6 * sec, 6 * sec}},
		{name: "the TCP port of a native SDK", limit: time.Minute, setUp: up, change: func(p *Prober) { p.SDK, _ = sdk.Find("android") }, waited: [2]time.Duration{0, 200 * ms}},
	} {
		sub(t, tc.name, func(t *lab) {
			tc.setUp(t)
			p := awaiting(t)
			if tc.change != nil {
				tc.change(p)
			}
			clock := since()
			got := p.Await(t.Context(), tc.limit, probe.CheckAPI, probe.CheckWS)
			took := clock()
			if took < tc.waited[0] || took > tc.waited[1] || got.ElapsedMS != millis(took) || got.MaxMS != millis(tc.limit) {
				t.Errorf("it took %s, want %s to %s; told %+v", took, tc.waited[0], tc.waited[1], got)
			}
			if got.Missing != tc.missing || (got.Fault != nil) != (tc.kind != "") || got.Fault != nil && got.Fault.Kind != tc.kind {
				t.Errorf("missing %q, %+v, want %q, %q", got.Missing, got.Fault, tc.missing, tc.kind)
			}
			p.API.client().CloseIdleConnections()
		})
	}
}

// onPort plays every connection to an address.
func onPort(t *lab, address string, play func(net.Conn)) {
	l, err := t.net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			play(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
}

// gateway answers with a status for a while, and passes on to a server then.
func gateway(t *lab, away time.Duration, code int, after string) {
	begun := time.Now()
	stand(t, sandbox.Config{Addr: sandbox.Addr{API: "127.0.0.1:6001", WS: "127.0.0.1:5200", TCP: "127.0.0.1:5100"}})
	handler(t, "127.0.0.1:5001", func(w http.ResponseWriter, _ *http.Request) {
		if time.Since(begun) >= away {
			_, _ = io.WriteString(w, `{"tcp_addr":"127.0.0.1:5100","ws_addr":"ws://127.0.0.1:5200","wss_addr":""}`)
			return
		}
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
	})
}

// TestAwaitSendsNoHello: a wss address is waited for without a byte, since one
// ClientHello crashes the servers that have no certificate; and a TCP one as well.
func TestAwaitSendsNoHello(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"wss", "WSS", "tcp", "TCP"} {
		sub(t, scheme, func(t *lab) {
			stand(t, sandbox.Config{Addr: usual()})
			read := make(chan string, 1)
			onPort(t, "127.0.0.1:5210", func(c net.Conn) {
				b, _ := io.ReadAll(c)
				read <- string(b)
			})
			p := awaiting(t)
			p.WS = scheme + "://127.0.0.1:5210"
			if got := p.Await(t.Context(), time.Minute, probe.CheckWS); got.Missing != "" || got.Tries != 1 {
				t.Errorf("got %+v", got)
			}
			if b := <-read; b != "" {
				t.Errorf("%d bytes were sent: %q", len(b), b)
			}
		})
	}
}

// TestAwaitInterrupted: the end of the context ends it at once, in a pause and
// within a try.
func TestAwaitInterrupted(t *testing.T) {
	t.Parallel()
	for name, setUp := range map[string]func(*lab){"pause": func(*lab) {}, "try": func(t *lab) { t.net.Blackhole("127.0.0.1:5001") }} {
		sub(t, name, func(t *lab) {
			setUp(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			t.after(4500*ms, stop)
			clock := since()
			got := awaiting(t).Await(ctx, time.Minute, probe.CheckAPI, probe.CheckWS)
			if took := clock(); took != 4500*ms || got.Missing != probe.CheckAPI || got.Fault != nil && got.Fault.Kind == probe.FaultCanceled {
				t.Errorf("it took %s: %+v", took, got)
			}
		})
	}
}

// TestAwaitTellsTheProgress: what is awaited, and what the last try met.
func TestAwaitTellsTheProgress(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		p := awaiting(t)
		var told []Progress
		p.Progress = func(now Progress) { told = append(told, now) }
		t.after(sec, func() {
			stand(t, sandbox.Config{Addr: sandbox.Addr{API: "127.0.0.1:5001", WS: "127.0.0.1:6200", TCP: "127.0.0.1:5100"}})
		})
		p.WS = "ws://127.0.0.1:5200"
		p.Await(t.Context(), 4*sec, probe.CheckAPI, probe.CheckWS)
		if len(told) < 2 || told[0].Stage != "wait-api" || !strings.Contains(told[0].Met, "http://127.0.0.1:5001/route: connection refused") {
			t.Fatalf("told %+v", told)
		}
		if last := told[len(told)-1]; last.Stage != "wait-ws" || !strings.Contains(last.Met, "127.0.0.1:5200: connection refused") {
			t.Errorf("told %+v", last)
		}
		p.API.client().CloseIdleConnections()
	})
}

// TestAwaitIsNoPartOfTheRun: the report has it beside the run's own time.
func TestAwaitIsNoPartOfTheRun(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		t.after(20*sec, func() { stand(t, sandbox.Config{Addr: usual()}) })
		p := awaiting(t)
		p.Await(t.Context(), time.Minute, probe.CheckAPI, probe.CheckWS)
		d := p.Diagnose(t.Context(), Plan{Mode: probe.ModeTable, TokenFlags: flags(0, 1), ConnectFlags: flags(0, 1)})
		if !d.Complete || d.Wait == nil || d.Wait.ElapsedMS < 20_000 || d.ElapsedMS > 10_000 {
			t.Errorf("complete %v, %v ms, wait %+v", d.Complete, d.ElapsedMS, d.Wait)
		}
	})
}
