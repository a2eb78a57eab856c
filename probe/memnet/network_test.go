package memnet

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const ms = time.Millisecond

// in runs a test in a bubble, on a network with a delay.
func in(t *testing.T, delay time.Duration, f func(t *testing.T, n *Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := New()
		n.Delay = delay
		f(t, n)
	})
}

// since is a clock that starts at 0.
func since() func() time.Duration {
	from := time.Now()
	return func() time.Duration { return time.Since(from) }
}

// TestDelay: a dial takes two delays, its accept comes after three, and what is
// written is there after one more, in order.
func TestDelay(t *testing.T) {
	t.Parallel()
	in(t, 7*ms, func(t *testing.T, n *Network) {
		l := place{t, n.Listen, n.Dial}.listener()
		took := since()
		accepted := make(chan net.Conn)
		go func() {
			c, err := l.Accept()
			if err != nil || took() != 21*ms {
				t.Errorf("accepted after %v, %v", took(), err)
			}
			accepted <- c
		}()
		c, err := n.Dial(t.Context(), "tcp", l.Addr().String())
		if err != nil || took() != 14*ms {
			t.Fatalf("dialed after %v, %v", took(), err)
		}
		write(c, "one")
		time.Sleep(10 * ms)
		write(c, "two")
		c.Close()
		far := <-accepted
		defer far.Close()
		for _, want := range []struct {
			text string
			at   time.Duration
		}{{"one", 24 * ms}, {"two", 31 * ms}, {shape(errEOF()), 31 * ms}} {
			if got := read(far); got != want.text || took() != want.at {
				t.Errorf("read %q after %v, want %q after %v", got, took(), want.text, want.at)
			}
		}
	})
}

// TestCrossing: what meets a close on its way is answered with a RST, one delay
// after it arrived.
func TestCrossing(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		c, far := place{t, n.Listen, n.Dial}.pair()
		write(c, "too late")
		took := since()
		time.Sleep(4 * ms)
		far.Close() // nothing has arrived: a FIN, and a RST at 20 ms
		if got := read(c); got != shape(errEOF()) || took() != 14*ms {
			t.Errorf("read %q after %v", got, took())
		}
		time.Sleep(6*ms - 1)
		if got := write(c, "x"); got != "1 "+shape(nil) {
			t.Errorf("before the RST: %s", got)
		}
		time.Sleep(time.Nanosecond)
		if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("after the RST: %v", err)
		}
	})
}

// TestWindow: 64 KiB go without a reader; then a write waits for one, for its
// deadline, or for the end of the connection.
func TestWindow(t *testing.T) {
	t.Parallel()
	in(t, 0, func(t *testing.T, n *Network) {
		c, far := place{t, n.Listen, n.Dial}.pair()
		big := make([]byte, window+100)
		took := since()
		c.SetWriteDeadline(time.Now().Add(time.Second))
		if sent, err := c.Write(big); sent != window || !errors.Is(err, os.ErrDeadlineExceeded) || took() != time.Second {
			t.Errorf("wrote %d, %v after %v", sent, err, took())
		}
		c.SetWriteDeadline(time.Time{})
		go func() {
			time.Sleep(time.Minute)
			far.Read(make([]byte, 100))
		}()
		if sent, err := c.Write(big[:100]); sent != 100 || err != nil || took() != time.Minute+time.Second {
			t.Errorf("wrote %d, %v after %v", sent, err, took())
		}
		go func() {
			time.Sleep(time.Minute)
			far.Close()
		}()
		if sent, err := c.Write(big[:100]); sent != 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("wrote %d, %v", sent, err)
		}
	})
}

// TestWindowOfTheGone: what is sent to somebody who has closed is under way too, so
// that a writer without a pause waits for the RST.
func TestWindowOfTheGone(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		c, far := place{t, n.Listen, n.Dial}.pair()
		took := since()
		far.Close()
		sent, err := c.Write(make([]byte, window+1))
		if sent != window || !errors.Is(err, syscall.EPIPE) || took() != 20*ms {
			t.Errorf("wrote %d, %v after %v", sent, err, took())
		}
	})
}

// TestDeadlineMoves: a read that waits follows its deadline, and at the same
// instant the deadline wins over what arrives.
func TestDeadlineMoves(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		c, far := place{t, n.Listen, n.Dial}.pair()
		took := since()
		c.SetReadDeadline(time.Now().Add(time.Hour))
		go func() {
			time.Sleep(5 * ms)
			c.SetReadDeadline(time.Now().Add(15 * ms))
			time.Sleep(5 * ms)
			write(far, "x")
		}()
		if got := read(c); !strings.Contains(got, "i/o timeout") || took() != 20*ms {
			t.Errorf("got %s after %v", got, took())
		}
		c.SetReadDeadline(time.Time{})
		if got := read(c); got != "x" || took() != 20*ms {
			t.Errorf("got %s after %v", got, took())
		}
	})
}

// TestDialFails: when a dial ends that does not connect, and how.
func TestDialFails(t *testing.T) {
	t.Parallel()
	type limit struct {
		cancel, deadline time.Duration
		poller           bool
	}
	for _, row := range []struct {
		name, address string
		limit         limit
		want          string
		after         time.Duration
	}{
		{"refused", "127.0.0.1:1", limit{}, "dial tcp 127.0.0.1:1: connect: connection refused", 10 * ms},
		{"refused by a named host", "chat.example:1", limit{}, "dial tcp 192.0.2.7:1: connect: connection refused", 10 * ms},
		{"unknown host", "nowhere.example:1", limit{}, "dial tcp: lookup nowhere.example: no such host", 0},
		{"unreachable", "192.0.2.8:1", limit{}, "dial tcp 192.0.2.8:1: connect: no route to host", 10 * ms},
		{"never answered", "192.0.2.9:1", limit{}, "dial tcp 192.0.2.9:1: connect: connection timed out", giveUp},
		{"never answered, deadline", "hole.example:1", limit{deadline: time.Second}, "dial tcp 192.0.2.9:1: i/o timeout", time.Second},
		{"never answered, canceled", "hole.example:1", limit{cancel: time.Second}, "dial tcp 192.0.2.9:1: operation was canceled", time.Second},
		{"never answered, the poller's deadline", "hole.example:1", limit{deadline: time.Second, poller: true}, "dial tcp 192.0.2.9:1: i/o timeout", time.Second - 1},
		{"one port of a host", "192.0.2.7:7", limit{deadline: time.Second}, "dial tcp 192.0.2.7:7: i/o timeout", time.Second},
		{"deadline before the answer", "127.0.0.1:1", limit{deadline: 10*ms - 1}, "dial tcp 127.0.0.1:1: i/o timeout", 10*ms - 1},
		{"deadline as the answer comes", "127.0.0.1:1", limit{deadline: 10 * ms}, "dial tcp 127.0.0.1:1: i/o timeout", 10 * ms},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in(t, 5*ms, func(t *testing.T, n *Network) {
				n.Hosts = map[string]string{"chat.example": "192.0.2.7", "hole.example": "192.0.2.9"}
				n.PollerFirst = row.limit.poller
				n.Blackhole("192.0.2.9")
				n.Blackhole("192.0.2.7:7")
				n.Fail("192.0.2.8:1", syscall.EHOSTUNREACH)
				ctx := t.Context()
				var cancel context.CancelFunc = func() {}
				if row.limit.deadline > 0 {
					ctx, cancel = context.WithTimeout(ctx, row.limit.deadline)
				} else if row.limit.cancel > 0 {
					ctx, cancel = context.WithCancel(ctx)
					time.AfterFunc(row.limit.cancel, cancel)
				}
				defer cancel()
				took := since()
				_, err := n.Dial(ctx, "tcp", row.address)
				if err == nil || err.Error() != row.want || took() != row.after {
					t.Errorf("got %v after %v, want %s after %v", err, took(), row.want, row.after)
				}
				late := strings.HasSuffix(row.want, "i/o timeout")
				if row.limit.poller == errors.Is(err, context.DeadlineExceeded) && late {
					t.Errorf("the poller first: %t, but %s", row.limit.poller, shape(err))
				}
				if row.limit.poller && ctx.Err() != nil {
					t.Error("the context has ended before the poller spoke")
				}
				var dns *net.DNSError
				if errors.As(err, &dns) != strings.Contains(row.want, "lookup") || dns != nil && !dns.IsNotFound {
					t.Errorf("got %s", shape(err))
				}
			})
		})
	}
}

// TestGivenUp: a dial that is given up while its SYN ACK is on the way leaves a
// connection that is reset.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		l := place{t, n.Listen, n.Dial}.listener()
		ctx, cancel := context.WithTimeout(t.Context(), 15*ms)
		defer cancel()
		if _, err := n.Dial(ctx, "tcp", l.Addr().String()); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		far, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		if got := read(far); !strings.Contains(got, "reset") {
			t.Errorf("got %s", got)
		}
	})
}

// TestListen: which addresses collide, and which of them a dial reaches.
func TestListen(t *testing.T) {
	t.Parallel()
	in(t, 0, func(t *testing.T, n *Network) {
		for _, row := range []struct {
			address string
			taken   bool
			dial    string
		}{
			{"127.0.0.1:80", false, "localhost:80"},
			{"127.0.0.1:80", true, ""},
			{"0.0.0.0:80", true, ""},
			{"127.0.0.2:80", false, "127.0.0.2:80"},
			{"0.0.0.0:81", false, "10.0.0.1:81"},
			{":82", false, "127.0.0.1:82"},
			{"[::1]:82", true, ""},
			{"[::1]:83", false, "[::1]:83"},
			{"0.0.0.0:84", false, "0.0.0.0:84"},
		} {
			l, err := n.Listen("tcp", row.address)
			if errors.Is(err, syscall.EADDRINUSE) != row.taken || (err == nil) == row.taken {
				t.Fatalf("%s: got %v", row.address, err)
			}
			if err != nil {
				continue
			}
			t.Cleanup(func() { l.Close() })
			c, err := n.Dial(t.Context(), "tcp", row.dial)
			if err != nil {
				t.Fatalf("%s: %v", row.dial, err)
			}
			far, err := l.Accept()
			if err != nil || far.RemoteAddr().String() != c.LocalAddr().String() || far.LocalAddr().String() != c.RemoteAddr().String() {
				t.Errorf("%s: got %v and %v, %v", row.dial, c.LocalAddr(), c.RemoteAddr(), err)
			}
			c.Close()
			far.Close()
		}
		a, b := place{t, n.Listen, n.Dial}.listener().Addr(), place{t, n.Listen, n.Dial}.listener().Addr()
		if a.String() == b.String() {
			t.Errorf("port 0 gave %v twice", a)
		}
	})
}
