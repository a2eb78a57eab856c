package memnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// place is a network that a script plays on: this one, or the kernel's.
type place struct {
	t      *testing.T
	listen func(network, address string) (net.Listener, error)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// halves is what both networks' connections have beside a net.Conn.
type halves interface {
	net.Conn
	CloseWrite() error
	CloseRead() error
	SetLinger(int) error
}

// pair makes a connection.
func (p place) pair() (dialed, accepted halves) {
	p.t.Helper()
	l := p.listener()
	near, err := p.dial(p.t.Context(), "tcp", l.Addr().String())
	if err != nil {
		p.t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near.(halves), far.(halves)
}

func (p place) listener() net.Listener {
	p.t.Helper()
	l, err := p.listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { l.Close() })
	return l
}

// shape is an error with the types of all that it wraps, without its addresses.
func shape(err error) string {
	var types []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		types = append(types, fmt.Sprintf("%T", e))
	}
	var timeout net.Error
	text := regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(fmt.Sprint(err), "addr")
	return fmt.Sprintf("%s (%s, timeout %t)", text, strings.Join(types, " "), errors.As(err, &timeout) && timeout.Timeout())
}

// read is what one read brings.
func read(c net.Conn) string {
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	if n > 0 {
		return string(buf[:n])
	}
	return shape(err)
}

func write(c net.Conn, text string) string {
	n, err := io.WriteString(c, text)
	return fmt.Sprint(n, " ", shape(err))
}

// scripts are what a program may see of TCP, in any order that does not depend on
// how fast the kernel is.
func scripts() map[string]func(place) []string {
	all := closings()
	maps.Copy(all, openings())
	return all
}

// openings are about addresses, dials, listeners and deadlines.
func openings() map[string]func(place) []string {
	return map[string]func(place) []string{
		"refused": func(p place) []string {
			l := p.listener()
			l.Close()
			_, err := p.dial(p.t.Context(), "tcp", l.Addr().String())
			return []string{shape(err)}
		},
		"bad addresses": func(p place) (saw []string) {
			for _, address := range []string{"127.0.0.1", "127.0.0.1:99999", "[::1"} {
				_, err := p.dial(p.t.Context(), "tcp", address)
				_, listening := p.listen("tcp", address)
				saw = append(saw, shape(err), shape(listening))
			}
			_, err := p.dial(p.t.Context(), "carrier pigeon", "127.0.0.1:1")
			return append(saw, shape(err))
		},
		"port taken": func(p place) []string {
			_, err := p.listen("tcp", p.listener().Addr().String())
			return []string{shape(err)}
		},
		"context ended before the dial": func(p place) (saw []string) {
			canceled, cancel := context.WithCancel(p.t.Context())
			cancel()
			late, cancel := context.WithDeadline(p.t.Context(), time.Now())
			defer cancel()
			for _, ctx := range []context.Context{canceled, late} {
				_, err := p.dial(ctx, "tcp", p.listener().Addr().String())
				saw = append(saw, shape(err), fmt.Sprint(errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded)))
			}
			return saw
		},
		"nobody accepts": func(p place) []string {
			l := p.listener()
			c, err := p.dial(p.t.Context(), "tcp", l.Addr().String())
			if err != nil {
				return []string{shape(err)}
			}
			defer c.Close()
			saw := []string{write(c, "hello")}
			l.Close()
			return append(saw, read(c))
		},
		"deadlines": func(p place) []string {
			c, far := p.pair()
			write(far, "here")
			c.SetReadDeadline(time.Now().Add(time.Millisecond))
			saw := []string{read(c), read(c)}
			write(far, "late")
			saw = append(saw, read(c))
			c.SetReadDeadline(time.Time{})
			saw = append(saw, read(c))
			c.SetWriteDeadline(time.Now().Add(-1))
			return append(saw, write(c, "x"))
		},
		"closed while reading": func(p place) []string {
			c, _ := p.pair()
			got := make(chan string)
			go func() { got <- read(c) }()
			c.Close()
			return []string{<-got}
		},
	}
}

// closings are about the ends of connections.
func closings() map[string]func(place) []string {
	return map[string]func(place) []string{
		"closed here": func(p place) []string {
			c, _ := p.pair()
			saw := []string{shape(c.Close()), shape(c.Close()), shape(c.CloseWrite()), shape(c.CloseRead()), shape(c.SetDeadline(time.Now())), shape(c.SetLinger(0))}
			l := p.listener()
			saw = append(saw, read(c), write(c, "x"), shape(l.Close()), shape(l.Close()))
			_, err := l.Accept()
			return append(saw, shape(err))
		},
		"closed there": func(p place) []string {
			c, far := p.pair()
			write(far, "bye")
			far.Close()
			return []string{read(c), read(c), read(c), write(c, "first"), untilBroken(c), read(c)}
		},
		"closed there, unread": func(p place) []string {
			c, far := p.pair()
			write(far, "bye")
			write(c, "nobody reads this")
			far.SetReadDeadline(time.Now().Add(5 * time.Second))
			far.Read(make([]byte, 1)) // has arrived
			far.Close()
			return []string{read(c), read(c), read(c), write(c, "x")}
		},
		"reset": func(p place) []string {
			c, far := p.pair()
			far.SetLinger(0)
			far.Close()
			return []string{read(c), write(c, "x"), read(c), shape(c.CloseWrite())}
		},
		"reset, written to": func(p place) []string {
			c, far := p.pair()
			far.SetLinger(0)
			far.Close()
			return []string{untilBroken(c), write(c, "x"), read(c)}
		},
		"half closed": func(p place) []string {
			c, far := p.pair()
			saw := []string{write(c, "question"), shape(c.CloseWrite()), write(c, "x"), read(far), read(far), write(far, "answer"), read(c)}
			far.Close()
			return append(saw, read(c))
		},
		"read side closed": func(p place) []string {
			c, _ := p.pair()
			return []string{shape(c.CloseRead()), read(c), write(c, "x")}
		},
	}
}

// untilBroken writes until that fails: the RST that answers the first write may
// take a while.
func untilBroken(c net.Conn) string {
	for range 1000 {
		if _, err := c.Write([]byte("x")); err != nil {
			return shape(err)
		}
		time.Sleep(time.Millisecond)
	}
	return "never broken"
}

// TestLikeTheKernel plays each script on a socket and in memory: the same bytes and
// the same errors have to come, type by type.
func TestLikeTheKernel(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the errors are those of Linux")
	}
	for name, script := range scripts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := script(place{t, net.Listen, (&net.Dialer{}).DialContext})
			for _, delay := range []time.Duration{0, 20 * time.Microsecond} {
				synctest.Test(t, func(t *testing.T) {
					n := New()
					n.Delay = delay
					if got := script(place{t, n.Listen, n.Dial}); !slices.Equal(got, want) {
						t.Errorf("delay %v: got\n\t%s\nthe kernel says\n\t%s", delay, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
					}
				})
			}
		})
	}
}
