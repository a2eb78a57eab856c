package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// apiRow is one call and each generation's answer. A body "" is not compared.
type apiRow struct {
	name, method, path, body string
	want                     map[Generation]string // status and body
}

// by spreads answers over the generations in order; a missing one repeats the
// last.
func by(answers ...string) map[Generation]string {
	m := map[Generation]string{}
	for i, g := range Generations() {
		m[g] = answers[min(i, len(answers)-1)]
	}
	return m
}

func apiRows() []apiRow {
	ok := `200 {"status":200}`
	const missing = "404 404 page not found"
	field := `{"msg":"json: cannot unmarshal %s into Go struct field UpdateTokenReq.device_flag of type wkproto.DeviceFlag","status":400}`
	unmarshal := func(what string) map[Generation]string {
		legacy := "400 " + strings.Replace(field, "%s", what, 1)
		return by(legacy, legacy, legacy, legacy, legacy, `400 {"msg":"invalid request","status":400}`)
	}
	said := func(text string) string { return `400 {"msg":"` + text + `","status":400}` }
	legacy := func(text string) map[Generation]string {
		return by(said(text), said(text), said(text), said(text), said(text), said("invalid request"))
	}
	return []apiRow{
		{"token", "POST", "/user/token", `{"uid":"u","token":"T","device_flag":1,"device_level":7}`, by(ok)},
		{"flag 255", "POST", "/user/token", `{"uid":"u","token":"T","device_flag":255}`, by(ok)},
		{"camel case flag", "POST", "/user/token", `{"uid":"cc","token":"T","deviceFlag":1}`, by(ok)},
		{"no uid", "POST", "/user/token", `{"token":"T"}`, by(said("uid不能为空！"))},
		{"no token", "POST", "/user/token", `{"uid":"u"}`, by(said("token不能为空！"))},
		{"no body", "POST", "/user/token", ``, legacy("EOF")},
		{"cut body", "POST", "/user/token", `{"uid":"u"`, legacy("unexpected EOF")},
		{"form body", "POST", "/user/token", `uid=u&token=T`, legacy("invalid character 'u' looking for beginning of value")},
		{"flag as text", "POST", "/user/token", `{"uid":"u","token":"T","device_flag":"0"}`, unmarshal("string")},
		{"flag 256", "POST", "/user/token", `{"uid":"u","token":"T","device_flag":256}`, unmarshal("number 256")},
		{"flag -1", "POST", "/user/token", `{"uid":"u","token":"T","device_flag":-1}`, unmarshal("number -1")},
		{"special uid", "POST", "/user/token", `{"uid":"a@b","token":"T"}`, by(ok, ok, ok, said("uid不能包含特殊字符！"))},
		{"system uid", "POST", "/user/token", `{"uid":"____system","token":"T"}`, by(ok, ok, ok, said("系统账号不允许更新token！"), said("系统账号不允许更新token！"), ok)},
		{"wrong method", "GET", "/user/token", ``, by(missing, missing, missing, missing, missing, "405 405 method not allowed")},
		{"quit, unknown uid", "POST", "/user/device_quit", `{"uid":"nobody","device_flag":99}`, by(ok)},
		{"quit, flag 300", "POST", "/user/device_quit", `{"uid":"u","device_flag":300}`, by(ok)},
		{"online, nobody asked", "POST", "/user/onlinestatus", `[]`, by("200 []", "200 []", ok)},
		{"online, an object", "POST", "/user/onlinestatus", `{}`, by(said("json: cannot unmarshal object into Go value of type []string"),
			said("json: cannot unmarshal object into Go value of type []string"), said("json: cannot unmarshal object into Go value of type []string"),
			said("json: cannot unmarshal object into Go value of type []string"), said("json: cannot unmarshal object into Go value of type []string"), said("数据格式有误！"))},
		{"health", "GET", "/health", ``, by(missing, missing, ok, `200 {"status":"ok"}`, `200 {"status":"ok"}`, missing)},
		{"healthz", "GET", "/healthz", ``, by(missing, missing, missing, missing, missing, `200 {"status":"ok"}`)},
		{"system uids", "GET", "/user/systemuids", ``, by(missing, missing, missing, "200 null")},
		{"devices of nobody", "GET", "/cluster/devices?uid=nobody", ``, by(missing, missing, missing,
			`200 {"data":[],"more":0,"total":0}`, `200 {"data":[],"more":0,"total":0}`, missing)},
		{"unknown path", "GET", "/nope", ``, by(missing)},
	}
}

func TestAPI(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		for _, row := range apiRows() {
			status, body, header := call(t, s, row.method, s.APIURL()+row.path, row.body, "Content-Type", "text/plain")
			if got := itoa(status) + " " + body; got != row.want[g] {
				t.Errorf("%s: got %s, want %s", row.name, got, row.want[g])
			}
			if header.Get("Server") != "wkctl-sandbox" {
				t.Errorf("%s: Server: %q", row.name, header.Get("Server"))
			}
		}
		noHazards(t, s)
	})
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// featurePaths are the GET paths that not every generation has.
func featurePaths() map[string][]Generation {
	return map[string][]Generation{
		"/varz":                 {V10, V1, V2Beta, V20, V2},
		"/connz":                {V10, V1, V2Beta, V20, V2},
		"/system/ip/blacklist":  {V1, V2Beta},
		"/health":               {V2Beta, V20, V2},
		"/cluster/nodes":        {V2Beta, V20, V2},
		"/cluster/devices":      {V20, V2},
		"/user/systemuids":      {V20, V2, V3},
		"/migrate/result":       {V20, V2},
		"/varz/setting":         {V20, V2},
		"/tag":                  {V2},
		"/tags":                 {V2},
		"/plugins":              {V2},
		"/docs/health":          {V2},
		"/channel/last_message": {V2},
		"/healthz":              {V3},
		"/readyz":               {V3},
		"/top/v1/snapshot":      {V3},
		"/metrics":              {V2Beta, V3},
		"/api/varz":             {},
		"/route":                Generations(),
	}
}

// TestFeatureDates: which GET paths a generation has is how it is told apart.
func TestFeatureDates(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		for path, in := range featurePaths() {
			want := slices.Contains(in, g)
			if status, _, _ := call(t, s, "GET", s.APIURL()+path, ""); (status != 404) != want {
				t.Errorf("%s: got %d, want it there: %v", path, status, want)
			}
		}
	})
}

// TestManagerToken: the 401 is bare and covers every path; OPTIONS and the CORS
// headers tell the two halves of the history apart.
func TestManagerToken(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, ManagerToken: "m-secret"})
		guarded := g != V10 && g != V3
		for _, path := range []string{"/route", "/nope", "/user/token?token=m-secret"} {
			status, body, header := call(t, s, "GET", s.APIURL()+path, "", "Authorization", "Bearer m-secret")
			if guarded != (status == 401) || guarded && body != "" {
				t.Errorf("%s without the header: got %d %q", path, status, body)
			}
			cors := header.Get("Access-Control-Allow-Origin") != ""
			if want := g != V20 && g != V2; cors != want {
				t.Errorf("%s: CORS headers %v, want %v", path, cors, want)
			}
		}
		if status, _, _ := call(t, s, "GET", s.APIURL()+"/route", "", "Token", "m-secret"); status != 200 {
			t.Errorf("with the header: got %d", status)
		}
		want := 204
		if g == V20 || g == V2 {
			want = 401
		}
		if status, _, _ := call(t, s, "OPTIONS", s.APIURL()+"/user/token", ""); status != want {
			t.Errorf("OPTIONS: got %d, want %d", status, want)
		}
	})
}

func TestCORSHeaders(t *testing.T) {
	want := by("Content-Type, Content-Length", "Content-Type, Content-Length", "Content-Type, Content-Length",
		"Content-Type, Authorization, Content-Length", "Content-Type, Authorization, Content-Length", "Origin, Content-Type")
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		status, _, header := call(t, s, "OPTIONS", s.APIURL()+"/user/token", "", "Origin", "https://page.example")
		if got := header.Get("Access-Control-Allow-Headers"); status != 204 || !strings.HasPrefix(got, want[g]) {
			t.Errorf("got %d %q, want 204 %q", status, got, want[g])
		}
		origin := "*"
		if g == V3 {
			origin = "https://page.example"
		}
		if got := header.Get("Access-Control-Allow-Origin"); got != origin {
			t.Errorf("allowed origin %q, want %q", got, origin)
		}
	})
}

func TestBannedUser(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		ban(t, s, "u")
		want := `{"status":19}`
		if g == V3 {
			want = `{"status":200}`
		}
		if status, got, _ := call(t, s, "POST", s.APIURL()+"/user/token", `{"uid":"u","token":"T"}`); status != 200 || got != want {
			t.Errorf("got %d %s, want 200 %s", status, got, want)
		}
		if stored := len(s.Tokens()) > 0; stored != (g == V3) {
			t.Errorf("stored: %v", stored)
		}
		call(t, s, "POST", s.APIURL()+"/channel/info", `{"channel_id":"u","channel_type":1,"ban":0}`)
		register(t, s, "u", "T", 0, 0)
	})
}

// TestQuitHazards: what device_quit must not be sent without.
func TestQuitHazards(t *testing.T) {
	want := by(`200 {"status":200}`, `200 {"status":200}`, `200 {"status":200}`, "500 ", "500 ", `400 {"msg":"db: invalid argument","status":400}`)
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g})
		register(t, s, "u", "T", 0, 0)
		status, body, _ := call(t, s, "POST", s.APIURL()+"/user/device_quit", `{"device_flag":0}`)
		if got := itoa(status) + " " + body; got != want[g] {
			t.Errorf("without uid: got %s, want %s", got, want[g])
		}
		call(t, s, "POST", s.APIURL()+"/user/device_quit", `{"uid":"u"}`)
		if rows := s.Tokens(); len(rows) != 1 || rows[0].Token != "" {
			t.Errorf("without device_flag: got %+v, want the token of flag 0 blank", rows)
		}
		if got := s.Hazards(); len(got) != 2 {
			t.Errorf("hazards: %q, want two", got)
		}
	})
}

// TestDevices: rows stay, with a blank token and level 1, after device_quit;
// device_flag filters, and 0 does not.
func TestDevices(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, g := range []Generation{V20, V2} {
			s := start(t, Config{Generation: g})
			for flag, token := range []string{"T0", "T1", "T2"} {
				register(t, s, "u", token, flag, 0)
			}
			register(t, s, "other", "T", 1, 0)
			quit(t, s, "u", 2)
			rows := func(query string) map[int]string {
				t.Helper()
				_, body, _ := call(t, s, "GET", s.APIURL()+"/cluster/devices?uid=u"+query, "")
				var got struct {
					Total int
					Data  []struct {
						UID, Token  string
						DeviceFlag  int   `json:"device_flag"`
						DeviceLevel int   `json:"device_level"`
						UpdatedAt   int64 `json:"updated_at"`
					}
				}
				if err := json.Unmarshal([]byte(body), &got); err != nil || got.Total != 0 {
					t.Fatalf("got %s, %v", body, err)
				}
				found := map[int]string{}
				for _, row := range got.Data {
					found[row.DeviceFlag] = row.Token
					if row.UID != "u" || row.UpdatedAt == 0 || (row.DeviceLevel == 1) != (row.DeviceFlag == 2) {
						t.Errorf("row %+v", row)
					}
				}
				return found
			}
			for query, want := range map[string]map[int]string{
				"": {0: "T0", 1: "T1", 2: ""}, "&device_flag=1": {1: "T1"}, "&device_flag=0": {0: "T0", 1: "T1", 2: ""}, "&device_flag=9": {},
			} {
				got := rows(query)
				if len(got) != len(want) {
					t.Errorf("%q: got %v, want %v", query, got, want)
				}
				for flag, token := range want {
					if got[flag] != token {
						t.Errorf("%q: flag %d: got %q, want %q", query, flag, got[flag], token)
					}
				}
			}
		}
	})
}

func TestRoute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{Advertise: Advertise{TCP: "172.17.0.2:5100", WSS: "none"}, TLS: "valid"})
		var got struct {
			TCP string `json:"tcp_addr"`
			WS  string `json:"ws_addr"`
			WSS string `json:"wss_addr"`
		}
		_, body, _ := call(t, s, "GET", s.APIURL()+"/route", "")
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.TCP != "172.17.0.2:5100" || got.WS != s.WSURL() || got.WSS != "" {
			t.Errorf("got %s, %v", body, err)
		}
		if _, body, _ = call(t, s, "GET", s.APIURL()+"/route?intranet=1", ""); body != `{"tcp_addr":"","ws_addr":"","wss_addr":""}` {
			t.Errorf("intranet: got %s", body)
		}
		if _, body, _ = call(t, s, "POST", s.APIURL()+"/route/batch", `["a","b"]`); !strings.HasPrefix(body, `[{"tcp_addr":"172.17.0.2:5100","uids":["a","b"],`) {
			t.Errorf("batch: got %s", body)
		}
	})
}

func TestVersionIsWhereTheServersSayIt(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, Version: "vX", ManagerToken: ""})
		_, varz, _ := call(t, s, "GET", s.APIURL()+"/varz", "")
		_, nodes, _ := call(t, s, "GET", s.APIURL()+"/cluster/nodes", "")
		if got := strings.Contains(varz, `"version":"vX"`); got != (g != V3) {
			t.Errorf("/varz: %s", varz)
		}
		if got := strings.Contains(nodes, `"app_version":"vX"`); got != (g == V20 || g == V2) {
			t.Errorf("/cluster/nodes: %s", nodes)
		}
		if got := strings.Contains(varz, `"manager_uid":"____manager"`); got != (g != V3 && g != V10) {
			t.Errorf("/varz: %s", varz)
		}
	})
}

// TestConnz: a uid filters from 2.0.1 on, and the limit is a limit.
func TestConnz(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for g, want := range map[Generation]int{V1: 2, V2Beta: 2, V20: 1, V2: 1} {
			s := start(t, Config{Generation: g})
			s.Register("u", "T", 1, 1)
			s.Register("w", "T", 0, 0)
			loggedIn(t, s, "ws", who{uid: "u", token: "T", flag: 1, device: "dev", version: 4})
			loggedIn(t, s, "ws", who{uid: "w", token: "T"})
			_, body, _ := call(t, s, "GET", s.APIURL()+"/connz?uid=u", "")
			for _, part := range []string{`"total":2`, `"device":"Web(主)"`, `"device_id":"dev"`, `"version":4`} {
				if !strings.Contains(body, part) {
					t.Errorf("%s: got %s, want %s in it", g, body, part)
				}
			}
			if got := strings.Count(body, `"uid"`); got != want {
				t.Errorf("%s: %d rows for uid u, want %d", g, got, want)
			}
			if _, body, _ = call(t, s, "GET", s.APIURL()+"/connz?limit=1", ""); strings.Count(body, `"uid"`) != 1 {
				t.Errorf("%s: limit 1: got %s", g, body)
			}
		}
	})
}

func TestManagerPort(t *testing.T) {
	open := map[Generation]string{V10: "/api/varz", V1: "/api/varz", V2Beta: "/api/varz", V20: "/metrics", V2: "/web"}
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, ManagerToken: "m-secret"})
		if path := open[g]; path != "" {
			if status, _, _ := call(t, s, "GET", s.ManagerURL()+path, ""); status != 200 {
				t.Errorf("%s: got %d", path, status)
			}
		}
		status, body, _ := call(t, s, "GET", s.ManagerURL()+"/connz", "")
		want := ""
		if g == V20 || g == V2 {
			want = `{"error":"Authorization header is required"}`
		}
		if status != 401 || body != want {
			t.Errorf("/connz: got %d %q", status, body)
		}
		if g == V20 || g == V2 {
			if status, _, _ = call(t, s, "GET", s.ManagerURL()+"/connz", "", "token", "m-secret"); status != 200 {
				t.Errorf("/connz with the token: got %d", status)
			}
		}
	})
}

// TestRequestLog: method, path, query, headers, body and status of every request.
func TestRequestLog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := start(t, Config{ManagerToken: "m-secret"})
		call(t, s, "POST", s.APIURL()+"/user/token?x=1", `{"uid":"u","token":"T"}`, "token", "m-secret")
		call(t, s, "GET", s.APIURL()+"/varz", "")
		got := s.Requests()
		if len(got) != 2 || got[0].Path != "/user/token" || got[0].Query != "x=1" || got[0].Body != `{"uid":"u","token":"T"}` ||
			got[0].Status != 200 || got[0].Header.Get("token") != "m-secret" || got[1].Method != "GET" || got[1].Status != 401 {
			t.Errorf("got %+v", got)
		}
	})
}
