package memnet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func errEOF() error { return io.EOF }

// serve runs an HTTP server until the test ends, and waits for the handlers: no FIN
// arrives once the bubble's first goroutine is gone.
func serve(t *testing.T, l net.Listener, h http.HandlerFunc) {
	var running sync.WaitGroup
	running.Add(1) // until the clean-up, so that no handler is the first
	srv := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		h(w, r)
	})}
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		running.Done()
		running.Wait()
	})
}

// client is an HTTP client on n, whose idle connections end with the test.
func client(t *testing.T, n *Network, pool *x509.CertPool) *http.Client {
	transport := &http.Transport{DialContext: n.Dial, TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// minted is a certificate for 127.0.0.1 that is valid on the bubble's first day.
func minted(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestHTTP: a connection that is kept costs the second request one round trip
// instead of two; a slow answer runs into the client's limit.
func TestHTTP(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		l := place{t, n.Listen, n.Dial}.listener()
		serve(t, l, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				select {
				case <-time.After(time.Hour):
				case <-r.Context().Done():
				}
			}
			b, _ := io.ReadAll(r.Body)
			w.Write(b)
		})
		c := client(t, n, nil)
		took := since()
		post := func(size int) {
			t.Helper()
			resp, err := c.Post("http://"+l.Addr().String(), "text/plain", strings.NewReader(strings.Repeat("x", size)))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if b, err := io.ReadAll(resp.Body); len(b) != size || err != nil {
				t.Errorf("%d bytes of %d, %v", len(b), size, err)
			}
		}
		for _, want := range []time.Duration{40 * ms, 60 * ms} {
			if post(1); took() != want {
				t.Errorf("answered after %v, want %v", took(), want)
			}
		}
		post(10 * window)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		took = since()
		req, _ := http.NewRequestWithContext(ctx, "GET", "http://"+l.Addr().String()+"/slow", nil)
		if _, err := c.Do(req); !errors.Is(err, context.DeadlineExceeded) || took() != time.Second {
			t.Errorf("got %v after %v", err, took())
		}
	})
}

// TestTLS: TCP takes one round trip and TLS 1.3 another.
func TestTLS(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		cert, pool := minted(t)
		l := place{t, n.Listen, n.Dial}.listener()
		serve(t, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}}), func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "hello")
		})
		took := since()
		resp, err := client(t, n, pool).Get("https://" + l.Addr().String())
		if err != nil || resp.StatusCode != 200 || took() != 60*ms {
			t.Fatalf("got %v, %v after %v", resp, err, took())
		}
		resp.Body.Close()
		if _, err := client(t, n, x509.NewCertPool()).Get("https://" + l.Addr().String()); !errors.As(err, new(x509.UnknownAuthorityError)) {
			t.Errorf("a stranger: %v", err)
		}
		mute := place{t, n.Listen, n.Dial}.listener()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		took = since()
		raw, err := n.Dial(ctx, "tcp", mute.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		if err := tls.Client(raw, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}).HandshakeContext(ctx); !errors.Is(err, context.DeadlineExceeded) || took() != time.Second {
			t.Errorf("nobody answers the hello: got %v after %v", err, took())
		}
	})
}

// TestWebSocket: messages both ways, over wss, with a read that is given up and a
// close that the peer answers.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	in(t, 10*ms, func(t *testing.T, n *Network) {
		cert, pool := minted(t)
		l := place{t, n.Listen, n.Dial}.listener()
		serve(t, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}), func(w http.ResponseWriter, r *http.Request) {
			ws, err := websocket.Accept(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer ws.CloseNow()
			for {
				kind, b, err := ws.Read(r.Context())
				if err != nil {
					return
				}
				ws.Write(r.Context(), kind, b)
			}
		})
		c := client(t, n, pool)
		ws, _, err := websocket.Dial(t.Context(), "wss://"+l.Addr().String(), &websocket.DialOptions{HTTPClient: c})
		if err != nil {
			t.Fatal(err)
		}
		defer ws.CloseNow()
		took := since()
		if err := ws.Write(t.Context(), websocket.MessageBinary, []byte("ping")); err != nil {
			t.Fatal(err)
		}
		if _, b, err := ws.Read(t.Context()); string(b) != "ping" || err != nil || took() != 20*ms {
			t.Errorf("got %q, %v after %v", b, err, took())
		}
		took = since()
		if err := ws.Close(websocket.StatusNormalClosure, ""); err != nil || took() != 20*ms {
			t.Errorf("closing: %v after %v", err, took())
		}
		other, _, err := websocket.Dial(t.Context(), "wss://"+l.Addr().String(), &websocket.DialOptions{HTTPClient: c})
		if err != nil {
			t.Fatal(err)
		}
		defer other.CloseNow()
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		took = since()
		if _, _, err := other.Read(ctx); !errors.Is(err, context.DeadlineExceeded) || took() != 7*time.Second {
			t.Errorf("silence: got %v after %v", err, took())
		}
	})
}
