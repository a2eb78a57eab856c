package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// systemUID is the account servers from 2.0.1 on refuse to register.
const systemUID = "____system"

// banStatus is the status of a 200 that means the user is banned.
const banStatus = int(wkproto.ReasonBan)

// postToken is POST /user/token. The names of the request type and of the flag's
// type show in the error texts of 1.x and 2.x.
func (s *Server) postToken(w http.ResponseWriter, r *http.Request) {
	type UpdateTokenReq struct {
		UID         string              `json:"uid"`
		Token       string              `json:"token"`
		DeviceFlag  wkproto.DeviceFlag  `json:"device_flag"`
		DeviceLevel wkproto.DeviceLevel `json:"device_level"`
	}
	var req UpdateTokenReq
	if !s.decode(w, r, &req, "invalid request") {
		return
	}
	later := s.t.strictUID || s.cfg.Generation == V3
	switch {
	case req.UID == "":
		writeError(w, http.StatusBadRequest, "uid不能为空！")
		return
	case later && specialUID(req.UID):
		writeError(w, http.StatusBadRequest, "uid不能包含特殊字符！")
		return
	case req.Token == "":
		writeError(w, http.StatusBadRequest, "token不能为空！")
		return
	case s.t.strictUID && req.UID == systemUID:
		writeError(w, http.StatusBadRequest, "系统账号不允许更新token！")
		return
	}
	if s.forwardFails(w, r, req.UID) {
		return
	}
	s.mu.Lock()
	banned := s.store.banned[req.UID]
	s.mu.Unlock()
	if banned && s.cfg.Generation != V3 {
		writeJSON(w, http.StatusOK, map[string]any{"status": banStatus})
		return
	}
	if f, ok := s.fault("forgets-tokens"); ok && s.spend(f) {
		req.Token = ""
	}
	if !s.has("lose-token") {
		s.Register(req.UID, req.Token, uint8(req.DeviceFlag), uint8(req.DeviceLevel))
	}
	writeOK(w)
}

// postQuit is POST /user/device_quit. A missing flag means 0, which logs out the
// app; a missing uid kills 2.0.1 to 2.0.3. Both are listed as hazards.
func (s *Server) postQuit(w http.ResponseWriter, r *http.Request) {
	var req struct {
		UID        string          `json:"uid"`
		DeviceFlag json.RawMessage `json:"device_flag"`
	}
	if !s.decode(w, r, &req, "数据格式有误！") {
		return
	}
	flag := 0
	if req.DeviceFlag != nil {
		if err := json.Unmarshal(req.DeviceFlag, &flag); err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	if s.forwardFails(w, r, req.UID) {
		return
	}
	if req.UID == "" {
		switch {
		case s.t.strictUID:
			w.WriteHeader(http.StatusInternalServerError)
		case s.cfg.Generation == V3:
			writeError(w, http.StatusBadRequest, "db: invalid argument")
		default:
			writeOK(w)
		}
		return
	}
	s.Quit(req.UID, flag)
	writeOK(w)
}

// postOnline is POST /user/onlinestatus: one row per live connection.
func (s *Server) postOnline(w http.ResponseWriter, r *http.Request) {
	var uids []string
	if !s.decode(w, r, &uids, "数据格式有误！") {
		return
	}
	if len(uids) == 0 && s.cfg.Generation != V10 && s.cfg.Generation != V1 {
		writeOK(w)
		return
	}
	type row struct {
		UID        string `json:"uid"`
		DeviceFlag uint8  `json:"device_flag"`
		Online     int    `json:"online"`
	}
	rows := []row{}
	for _, uid := range uids {
		for _, c := range s.liveOf(uid) {
			rows = append(rows, row{uid, c.login.flag, 1})
		}
	}
	writeJSON(w, http.StatusOK, rows)
}

// postChannelInfo is POST /channel/info, as far as it bans a user: channel type
// 1 and the uid as channel id. Users who are online stay online.
func (s *Server) postChannelInfo(w http.ResponseWriter, r *http.Request) {
	var req struct {
		ChannelID   string `json:"channel_id"`
		ChannelType uint8  `json:"channel_type"`
		Ban         int    `json:"ban"`
	}
	if !s.decode(w, r, &req, "数据格式有误！") {
		return
	}
	if req.ChannelType == wkproto.ChannelTypePerson {
		s.setBan(req.ChannelID, req.Ban == 1)
	}
	writeOK(w)
}

func (s *Server) postSystemAdd(w http.ResponseWriter, r *http.Request) {
	s.changeSystem(w, r, func(uid string) {
		if !slices.Contains(s.store.system, uid) {
			s.store.system = append(s.store.system, uid)
		}
	})
}

func (s *Server) postSystemRemove(w http.ResponseWriter, r *http.Request) {
	s.changeSystem(w, r, func(uid string) {
		s.store.system = slices.DeleteFunc(s.store.system, func(have string) bool { return have == uid })
	})
}

// changeSystem edits the system uids. Being one changes nothing at login.
func (s *Server) changeSystem(w http.ResponseWriter, r *http.Request, change func(uid string)) {
	var req struct {
		UIDs []string `json:"uids"`
	}
	if !s.decode(w, r, &req, "数据格式有误！") {
		return
	}
	s.mu.Lock()
	for _, uid := range req.UIDs {
		change(uid)
	}
	s.mu.Unlock()
	writeOK(w)
}

// getSystem is GET /user/systemuids: null while there are none.
func (s *Server) getSystem(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	uids := slices.Clone(s.store.system)
	s.mu.Unlock()
	if len(uids) == 0 {
		uids = nil
	}
	writeJSON(w, http.StatusOK, uids)
}
