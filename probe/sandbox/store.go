package sandbox

import (
	"slices"
	"strings"
	"time"
)

// Row is one stored token, as (uid, device flag).
type Row struct {
	UID   string
	Flag  uint8
	Level uint8
	Token string // "" after device_quit
	// Created and Updated are when the row was first and last written.
	Created, Updated time.Time
}

// store is what POST /user/token, /user/device_quit and /channel/info write.
type store struct {
	perUser bool // v2-beta: one token per uid, whatever the flag
	rows    map[rowKey]*Row
	last    map[string]*Row
	banned  map[string]bool
	system  []string
}

type rowKey struct {
	uid  string
	flag uint8
}

func newStore(g Generation) store {
	return store{perUser: g == V2Beta, rows: map[rowKey]*Row{}, last: map[string]*Row{}, banned: map[string]bool{}}
}

func (st *store) put(uid string, flag, level uint8, token string) {
	now := time.Now()
	key := rowKey{uid, flag}
	row := st.rows[key]
	if row == nil {
		row = &Row{UID: uid, Flag: flag, Created: now}
		st.rows[key] = row
	}
	row.Level, row.Token, row.Updated = level, token, now
	st.last[uid] = row
}

// quit blanks a token. The row of a flag that was never registered is not made:
// 2.2.5 logs an error instead, and older servers show no difference. The level
// becomes 1, as on the real servers.
func (st *store) quit(uid string, flag uint8) bool {
	if st.perUser {
		// Any flag's quit empties the user's one token.
		for _, row := range st.ofUser(uid) {
			row.Token, row.Level, row.Updated = "", 1, time.Now()
		}
		return st.last[uid] != nil
	}
	row := st.rows[rowKey{uid, flag}]
	if row == nil {
		return false
	}
	row.Token, row.Level, row.Updated = "", 1, time.Now()
	return true
}

func (st *store) ofUser(uid string) []*Row {
	var rows []*Row
	for key, row := range st.rows {
		if key.uid == uid {
			rows = append(rows, row)
		}
	}
	return rows
}

// lookup is what the server would call expectToken, and the device level with it.
func (st *store) lookup(scope tokenScope, uid string, flag uint8) (token string, level uint8) {
	var row *Row
	switch scope {
	case scopeFlagZero:
		row = st.rows[rowKey{uid, 0}]
	case scopeUser:
		row = st.last[uid]
	default:
		row = st.rows[rowKey{uid, flag}]
	}
	if row == nil {
		return "", 0
	}
	return row.Token, row.Level
}

// Tokens returns every stored row, those with a blank token included, by uid and flag.
func (s *Server) Tokens() []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]Row, 0, len(s.store.rows))
	for _, row := range s.store.rows {
		rows = append(rows, *row)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		if c := strings.Compare(a.UID, b.UID); c != 0 {
			return c
		}
		return int(a.Flag) - int(b.Flag)
	})
	return rows
}

// Register stores a token as POST /user/token does: level 1 kicks the flag's
// live connections. It is not logged as a request.
func (s *Server) Register(uid, token string, flag, level uint8) {
	s.mu.Lock()
	s.store.put(uid, flag, level, token)
	s.mu.Unlock()
	if level == levelMaster {
		s.kickByAPI(uid, flag, s.t.kicks.token)
	}
}

// Quit blanks the token of a flag as POST /user/device_quit does; -1 means flags
// 0, 1 and 2. Live connections of the flag are kicked.
func (s *Server) Quit(uid string, flag int) {
	flags := []uint8{uint8(flag)}
	if flag == -1 {
		flags = []uint8{0, 1, 2}
	}
	for _, f := range flags {
		s.mu.Lock()
		known := s.store.quit(uid, f)
		s.mu.Unlock()
		if known || !s.t.silent {
			s.kickByAPI(uid, f, s.t.kicks.quit)
		}
	}
}

// Ban bans a user, as POST /channel/info with channel_type 1 and ban 1 does.
func (s *Server) Ban(uid string) { s.setBan(uid, true) }

func (s *Server) setBan(uid string, ban bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.banned[uid] = ban
}
