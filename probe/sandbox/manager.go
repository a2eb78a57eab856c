package sandbox

import (
	"net/http"
	"strings"
)

// serveManager is the manager port (5300 on a real server). Up to 2.0.0-beta it
// shows /api/varz to anybody; from 2.0.1 on /metrics and /web are open. The rest
// wants the manager token in the header "token"; the stand-in has no login, so
// no JWT is ever right.
func (s *Server) serveManager(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	old := s.cfg.Generation == V10 || s.cfg.Generation == V1 || s.cfg.Generation == V2Beta
	allowed := s.t.manager && s.cfg.ManagerToken != "" && r.Header.Get("token") == s.cfg.ManagerToken
	switch {
	case old && path == "/api/varz":
		s.getVarz(w, r)
	case s.t.strictUID && path == "/metrics":
		writeText(w, http.StatusOK, "# TYPE wkctl_sandbox_up gauge\nwkctl_sandbox_up 1\n")
	case s.t.strictUID && (path == "/web" || strings.HasPrefix(path, "/web/")):
		writeRaw(w, http.StatusOK, "text/html; charset=utf-8", []byte("<!doctype html><title>wkctl sandbox</title>"))
	case !allowed && s.t.strictUID:
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "Authorization header is required"})
	case !allowed:
		w.WriteHeader(http.StatusUnauthorized)
	case path == "/varz" || path == "/connz" || strings.HasPrefix(path, "/cluster/"):
		s.dispatch(w, r)
	default:
		writeText(w, http.StatusNotFound, "404 page not found")
	}
}
