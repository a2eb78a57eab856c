package sandbox

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// advertised is what /route hands to clients.
func (s *Server) advertised() map[string]any {
	pick := func(configured, listener string) string {
		switch configured {
		case "":
			return listener
		case "none":
			return ""
		}
		return s.withHosts(configured)
	}
	a := s.cfg.Advertise
	return map[string]any{
		"tcp_addr": pick(a.TCP, s.TCPAddr()),
		"ws_addr":  pick(a.WS, s.WSURL()),
		"wss_addr": pick(a.WSS, s.WSSURL()),
	}
}

// withHosts replaces the placeholders of an advertised address.
func (s *Server) withHosts(address string) string {
	for name, l := range map[string]net.Listener{
		"{tcp_host}": s.tcp, "{ws_host}": s.ws, "{wss_host}": s.wss, "{api_host}": s.api, "{proxy_host}": s.proxy,
	} {
		if l != nil {
			address = strings.ReplaceAll(address, name, reachable(l))
		}
	}
	return address
}

// getRoute is GET /route. intranet=1 has nothing to say from 2.0.6 on, unless
// intranet addresses are configured, which the stand-in cannot.
func (s *Server) getRoute(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("intranet"))
	if n != 0 && (s.t.strictUID || s.cfg.Generation == V3) {
		writeJSON(w, http.StatusOK, map[string]any{"tcp_addr": "", "ws_addr": "", "wss_addr": ""})
		return
	}
	writeJSON(w, http.StatusOK, s.advertised())
}

func (s *Server) postRouteBatch(w http.ResponseWriter, r *http.Request) {
	var uids []string
	if !s.decode(w, r, &uids, "数据格式有误！") {
		return
	}
	row := s.advertised()
	row["uids"] = uids
	writeJSON(w, http.StatusOK, []any{row})
}

// getVarz is GET /varz. The version is "" unless the server was built with it
// stamped in, as the released Docker images are.
func (s *Server) getVarz(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	open := len(s.conns)
	s.mu.Unlock()
	v := s.advertised()
	v["server_id"] = strconv.FormatUint(s.t.node, 10)
	v["server_name"] = "WuKongIM" // the field's default; the Server header says what this is
	v["version"] = s.cfg.Version
	v["connections"] = open
	v["uptime"] = uptime(time.Since(s.current().started))
	v["api_url"] = s.APIURL()
	v["commit"] = ""
	if s.t.manager {
		v["manager_uid"] = s.cfg.ManagerUID
		v["manager_token_on"] = 0
		if s.cfg.ManagerToken != "" {
			v["manager_token_on"] = 1
		}
	}
	writeJSON(w, http.StatusOK, v)
}

// getConnz is GET /connz. "version" is the client's protocol version. Up to
// 2.0.0-beta a uid filters nothing: it only lifts the limit of 20 rows (1.2.6
// internal/server/api_connz.go, and seen on a real one).
func (s *Server) getConnz(w http.ResponseWriter, r *http.Request) {
	type row struct {
		ID       int64  `json:"id"`
		UID      string `json:"uid"`
		IP       string `json:"ip"`
		Port     int    `json:"port"`
		Uptime   string `json:"uptime"`
		Idle     string `json:"idle"`
		Device   string `json:"device"`
		DeviceID string `json:"device_id"`
		Version  uint8  `json:"version"`
	}
	query := r.URL.Query()
	uid := strings.TrimSpace(query.Get("uid"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	if limit <= 0 {
		limit = 20
	}
	all := s.live()
	rows := []row{}
	for _, c := range all {
		if s.t.strictUID && uid != "" && c.login.uid != uid {
			continue
		}
		if len(rows) == limit && (s.t.strictUID || uid == "") {
			break
		}
		host, port, _ := net.SplitHostPort(c.remote)
		n, _ := strconv.Atoi(port)
		up := uptime(time.Since(c.dialed))
		rows = append(rows, row{c.id, c.login.uid, host, n, up, up, deviceText(c.login), c.login.deviceID, c.login.version})
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"connections": rows, "now": time.Now(), "total": len(all), "offset": 0, "limit": limit,
	})
}

// getNodes is GET /cluster/nodes, of a single node unless a fault makes it a cluster.
func (s *Server) getNodes(w http.ResponseWriter, _ *http.Request) {
	node := map[string]any{
		"id": s.t.node, "is_leader": 1, "role": 0, "cluster_addr": "127.0.0.1:11110", "api_server_addr": s.APIURL(),
		"online": 1, "allow_vote": 1, "slot_count": 64, "slot_leader_count": 64, "uptime": uptime(time.Since(s.current().started)),
	}
	if s.cfg.Version != "" && s.cfg.Generation != V2Beta {
		node["app_version"] = s.cfg.Version
	}
	nodes := append([]any{node}, s.otherNodes()...)
	writeJSON(w, http.StatusOK, map[string]any{"total": len(nodes), "data": nodes})
}

// otherNodes are the rest of the cluster that fault forward-fails (three nodes) or
// node-offline alone (two) implies. The last one is what is offline.
func (s *Server) otherNodes() []any {
	offline, n := s.has("node-offline"), 0
	if offline {
		n = 1
	}
	if s.has("forward-fails") {
		n = 2
	}
	others := make([]any, n)
	for i := range others {
		node := map[string]any{
			"id": s.t.node + uint64(i) + 1, "role": 0, "cluster_addr": fmt.Sprintf("127.0.0.1:%d", 11111+i), "allow_vote": 1,
		}
		if offline && i == n-1 {
			node["offline_count"] = 1 // online is omitted when it is 0
		} else {
			node["online"] = 1
		}
		others[i] = node
	}
	return others
}

// getDevices is GET /cluster/devices: the stored rows, tokens in clear, newest
// first. device_flag=0 is no filter, total is always 0.
func (s *Server) getDevices(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	uid := strings.TrimSpace(query.Get("uid"))
	flag, _ := strconv.Atoi(strings.TrimSpace(query.Get("device_flag")))
	limit, _ := strconv.Atoi(query.Get("limit"))
	if limit <= 0 {
		limit = 20
	}
	rows := slices.DeleteFunc(s.Tokens(), func(row Row) bool {
		return (uid != "" && row.UID != uid) || (flag != 0 && int(row.Flag) != flag)
	})
	slices.SortStableFunc(rows, func(a, b Row) int { return b.Created.Compare(a.Created) })
	more := 0
	if len(rows) > limit {
		rows, more = rows[:limit], 1
	}
	data := make([]any, len(rows))
	for i, row := range rows {
		data[i] = map[string]any{
			"id": i + 1, "uid": row.UID, "token": row.Token,
			"device_flag": row.Flag, "device_flag_format": flagText(row.Flag),
			"device_level": row.Level, "device_level_format": levelText(row.Level),
			"created_at": row.Created.UnixNano(), "updated_at": row.Updated.UnixNano(),
			"created_at_format": row.Created.Format("2006-01-02 15:04"), "updated_at_format": row.Updated.Format("2006-01-02 15:04"),
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"total": 0, "more": more, "data": data})
}

func flagText(flag uint8) string {
	names := []string{"APP", "WEB", "PC"}
	if int(flag) < len(names) {
		return names[flag]
	}
	return fmt.Sprintf("未知(%d)", flag)
}

func levelText(level uint8) string {
	return map[uint8]string{levelMaster: "主设备", levelSlave: "从设备"}[level]
}

// deviceText is the device column of /connz.
func deviceText(l *login) string {
	kind := map[uint8]string{0: "App", 1: "Web", 2: "PC"}[l.flag]
	level := "主"
	if l.level == levelSlave {
		level = "从"
	}
	return cmp.Or(kind, "未知") + "(" + level + ")"
}
