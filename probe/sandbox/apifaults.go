package sandbox

import (
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
)

// playAPIFaults reports whether a fault has answered.
func (s *Server) playAPIFaults(w http.ResponseWriter, r *http.Request) bool {
	for _, f := range s.cfg.Faults {
		if f.Path != "" && f.Path != r.URL.Path {
			continue
		}
		if s.playServerFault(f, w) || s.playGatewayFault(f, w, r) {
			return true
		}
	}
	return false
}

// playServerFault plays what the server itself does.
func (s *Server) playServerFault(f Fault, w http.ResponseWriter) bool {
	switch f.Name {
	case "api-slow":
		if !s.pause(f.Delay) {
			panic(http.ErrAbortHandler) // the process is gone, and its answer with it
		}
		return false
	case "api-mute":
		s.hijacked(w, nil)
	case "api-500":
		w.WriteHeader(http.StatusInternalServerError)
	case "api-error":
		writeError(w, f.Status, f.Text)
	case "api-html":
		writeRaw(w, http.StatusOK, "text/html; charset=utf-8", []byte("<!doctype html><title>wkctl sandbox</title><p>Not an API.</p>"))
	case "api-reset":
		if raw, _, err := http.NewResponseController(w).Hijack(); err == nil {
			reset(raw)
		}
	default:
		return false
	}
	return true
}

// hijacked sends raw bytes in place of an answer and then says nothing more, until
// the client leaves or the process ends.
func (s *Server) hijacked(w http.ResponseWriter, answer []byte) {
	done := s.current().done
	raw, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the client has left
	}
	raw.Write(answer)
	left := make(chan struct{})
	go func() {
		defer close(left)
		io.Copy(io.Discard, raw)
	}()
	select {
	case <-left:
	case <-done:
	}
	raw.Close()
	<-left
}

// reset closes a connection with a TCP RST where there is one to send.
func reset(raw net.Conn) {
	if tcp, ok := raw.(interface{ SetLinger(int) error }); ok {
		tcp.SetLinger(0)
	}
	raw.Close()
}

// forwardFails answers as a node does that cannot reach the API of the node that
// leads the uid's slot (2.2.5 internal/api/user.go; seen on three nodes with one
// stopped). Which slot a uid falls in is its CRC-32, as on the real server; how
// many there are is the fault's. The node goes on saying that it is healthy.
func (s *Server) forwardFails(w http.ResponseWriter, r *http.Request, uid string) bool {
	f, ok := s.fault("forward-fails")
	if !ok || int(crc32.ChecksumIEEE([]byte(uid))%uint32(f.Of)) >= f.Count {
		return false
	}
	host := reachable(s.nowhere)
	writeError(w, http.StatusBadRequest, fmt.Sprintf("Post \"http://%s%s\": dial tcp %s: connect: connection refused", host, r.URL.Path, host))
	return true
}
