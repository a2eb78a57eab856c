package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds what is read and remembered of a request.
const maxBody = 1 << 20

// serveAPI is the API port: log, faults, CORS and the manager token, then the
// table of paths.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // a cut body is answered as cut JSON
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := &Request{
		At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Header: r.Header.Clone(), Body: string(body),
	}
	s.noteQuit(r, body)
	s.mu.Lock()
	s.log.requests = append(s.log.requests, rec)
	s.mu.Unlock()

	lw := &loggedWriter{ResponseWriter: w, s: s, rec: rec}
	if s.playAPIFaults(lw, r) || !s.admit(lw, r) {
		return
	}
	s.dispatch(lw, r)
}

// admit applies CORS and the manager token and reports whether to go on.
//
// The order differs: up to 2.0.0-beta CORS runs first, so OPTIONS is 204 and a
// 401 has CORS headers; from 2.0.1 the token is checked first, so OPTIONS is 401
// and a browser reports a CORS error. The 401 covers every path, unknown ones
// too, and has no body.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	g := s.cfg.Generation
	guarded := s.cfg.ManagerToken != "" && s.t.manager && r.Header.Get("token") != s.cfg.ManagerToken
	if guarded && (g == V20 || g == V2) {
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	s.setCORS(w.Header(), r)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return false
	}
	if guarded {
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	return true
}

// setCORS sends the headers whose wording tells the generations apart.
func (s *Server) setCORS(h http.Header, r *http.Request) {
	h.Set("Access-Control-Allow-Origin", "*")
	switch s.cfg.Generation {
	case V3:
		h.Set("Access-Control-Allow-Headers", "Origin, Content-Type, Content-Length, Accept, Authorization, Token, X-Requested-With")
		h.Set("Access-Control-Max-Age", "86400")
		if origin := r.Header.Get("Origin"); origin != "" {
			h.Set("Access-Control-Allow-Origin", origin)
		}
	case V20, V2:
		h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization, Content-Length, token, accept, origin")
	default:
		h.Set("Access-Control-Allow-Headers", "Content-Type, Content-Length, token, accept, origin")
	}
}

// loggedWriter notes the status in the request log.
type loggedWriter struct {
	http.ResponseWriter
	s   *Server
	rec *Request
}

func (w *loggedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *loggedWriter) WriteHeader(status int) {
	w.s.mu.Lock()
	w.rec.Status = status
	w.s.mu.Unlock()
	w.ResponseWriter.WriteHeader(status)
}

// decode reads a JSON body whatever its content type says, and writes the
// generation's error: the old servers pass encoding/json's text on, v3 has texts
// of its own.
func (s *Server) decode(w http.ResponseWriter, r *http.Request, to any, v3Text string) bool {
	err := json.NewDecoder(r.Body).Decode(to)
	if err == nil {
		return true
	}
	text := err.Error()
	if s.cfg.Generation == V3 {
		text = v3Text
	}
	writeError(w, http.StatusBadRequest, text)
	return false
}

func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]any{"msg": text, "status": status})
}

func writeOK(w http.ResponseWriter) { writeJSON(w, http.StatusOK, map[string]any{"status": 200}) }

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sandbox: marshalling an answer: %v", err)) // only plain data is ever passed
	}
	writeRaw(w, status, "application/json; charset=utf-8", body)
}

func writeText(w http.ResponseWriter, status int, text string) {
	writeRaw(w, status, "text/plain", []byte(text))
}

func writeRaw(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	w.Write(body)
}

// specialUID reports what servers from 2.0.2 on refuse in a uid.
func specialUID(uid string) bool { return strings.ContainsAny(uid, "@#&") }
