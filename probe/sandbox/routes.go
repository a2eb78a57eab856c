package sandbox

import (
	"net/http"
	"slices"
)

// apiHandler answers one path of the API.
type apiHandler func(s *Server, w http.ResponseWriter, r *http.Request)

// route is one path of the API and the generations that have it. Which release
// first had a path is how versions are told apart without credentials.
type route struct {
	method, path string
	in           []Generation
	answer       apiHandler
}

// routeTable is the API of every generation, for the release that stands for it.
// GET paths that only tell versions apart have fixed bodies.
func routeTable() []route {
	every := Generations()
	legacy := []Generation{V10, V1, V2Beta, V20, V2}
	cluster := []Generation{V2Beta, V20, V2}
	later := []Generation{V20, V2}
	return []route{
		{http.MethodPost, "/user/token", every, (*Server).postToken},
		{http.MethodPost, "/user/device_quit", every, (*Server).postQuit},
		{http.MethodPost, "/user/onlinestatus", every, (*Server).postOnline},
		{http.MethodPost, "/user/systemuids_add", every, (*Server).postSystemAdd},
		{http.MethodPost, "/user/systemuids_remove", every, (*Server).postSystemRemove},
		{http.MethodGet, "/user/systemuids", []Generation{V20, V2, V3}, (*Server).getSystem}, // 2.0.3
		{http.MethodPost, "/channel/info", every, (*Server).postChannelInfo},
		{http.MethodGet, "/route", every, (*Server).getRoute},
		{http.MethodPost, "/route/batch", every, (*Server).postRouteBatch},
		{http.MethodGet, "/varz", legacy, (*Server).getVarz}, // not 2.0.1 to 2.0.5
		{http.MethodGet, "/connz", legacy, (*Server).getConnz},
		{http.MethodGet, "/cluster/nodes", cluster, (*Server).getNodes},
		{http.MethodGet, "/cluster/devices", later, (*Server).getDevices},

		{http.MethodGet, "/health", []Generation{V2Beta}, fixed(200, `{"status":200}`)},
		{http.MethodGet, "/health", later, fixed(200, `{"status":"ok"}`)},
		{http.MethodGet, "/healthz", []Generation{V3}, fixed(200, `{"status":"ok"}`)},
		{http.MethodGet, "/readyz", []Generation{V3}, fixed(200, `{"ready":true}`)},
		{http.MethodGet, "/metrics", []Generation{V2Beta, V3}, fixedText("# TYPE wkctl_sandbox_up gauge\nwkctl_sandbox_up 1\n")},
		{http.MethodGet, "/top/v1/snapshot", []Generation{V3}, fixed(200, `{}`)},
		{http.MethodGet, "/system/ip/blacklist", []Generation{V1, V2Beta}, fixed(200, `[]`)}, // 1.1.9
		{http.MethodGet, "/migrate/result", later, fixed(200, // 2.0.4
			`{"status":"running","step":"","last_err":null,"try_count":0}`)},
		{http.MethodGet, "/varz/setting", later, fixed(200, // 2.0.6
			`{"logger":{"trace_on":0,"loki_on":0},"prometheus_on":0,"stress_on":0}`)},
		{http.MethodGet, "/tag", []Generation{V2}, fixed(400, `{"msg":"tag not found","status":400}`)}, // 2.1.0
		{http.MethodGet, "/tags", []Generation{V2}, fixed(200, `[]`)},                                  // 2.1.1
		{http.MethodGet, "/plugins", []Generation{V2}, fixed(200, `[]`)},                               // 2.1.3
		{http.MethodGet, "/docs/health", []Generation{V2}, fixed(200, // 2.2.1
			`{"mode":"release","service":"docs","status":"disabled"}`)},
		{http.MethodGet, "/channel/last_message", []Generation{V2}, fixed(400, // 2.2.2
			`{"msg":"channel_id不能为空！","status":400}`)},
	}
}

// dispatch answers from the table, or with the server's own 404 or 405.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	known := false
	for _, row := range routeTable() {
		if row.path != r.URL.Path || !slices.Contains(row.in, s.cfg.Generation) {
			continue
		}
		if row.method == r.Method {
			row.answer(s, w, r)
			return
		}
		known = true
	}
	if known && s.cfg.Generation == V3 {
		writeText(w, http.StatusMethodNotAllowed, "405 method not allowed")
		return
	}
	writeText(w, http.StatusNotFound, "404 page not found")
}

func fixed(status int, body string) apiHandler {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		writeRaw(w, status, "application/json; charset=utf-8", []byte(body))
	}
}

func fixedText(body string) apiHandler {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, body) }
}
