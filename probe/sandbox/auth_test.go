package sandbox

import (
	"cmp"
	"fmt"
	"testing"
)

// generationRow is one row of the measured table: what each generation answers.
type generationRow struct {
	name                        string
	prepare                     func(t *testing.T, s target, uid string)
	as                          who // uid "" means one of the row's own
	cfg                         Config
	v10, v1, beta, v20, v2, vv3 string
}

func (r generationRow) want(g Generation) string {
	return map[Generation]string{V10: r.v10, V1: r.v1, V2Beta: r.beta, V20: r.v20, V2: r.v2, V3: r.vv3}[g]
}

func tokens(flagTokens ...any) func(*testing.T, target, string) {
	return func(t *testing.T, s target, uid string) {
		for i := 0; i < len(flagTokens); i += 2 {
			register(t, s, uid, flagTokens[i+1].(string), flagTokens[i].(int), 0)
		}
	}
}

func then(steps ...func(*testing.T, target, string)) func(*testing.T, target, string) {
	return func(t *testing.T, s target, uid string) {
		for _, step := range steps {
			step(t, s, uid)
		}
	}
}

func quits(flag int) func(*testing.T, target, string) {
	return func(t *testing.T, s target, uid string) { quit(t, s, uid, flag) }
}

func ban(t *testing.T, s target, uid string) {
	call(t, s, "POST", s.APIURL()+"/channel/info", fmt.Sprintf(`{"channel_id":%q,"channel_type":1,"ban":1}`, uid))
}

func authRows() []generationRow {
	shortKey, noKey, badKey := "AAAA", "", "*not base64*"
	secret := Config{ManagerToken: "m-secret"}
	off := Config{NoTokenAuth: true}
	return []generationRow{
		{name: "right token", prepare: tokens(0, "T0"), as: who{token: "T0"}, v10: a1, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "wrong flag", prepare: tokens(0, "T0"), as: who{token: "T0", flag: 1}, v10: a1, v1: a2, beta: a1, v20: a2, v2: silence, vv3: a1},
		{name: "other flag's token", prepare: tokens(0, "T0", 1, "T1"), as: who{token: "T0", flag: 1}, v10: a1, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "two flags, the first", prepare: tokens(0, "T0", 1, "T1"), as: who{token: "T0"}, v10: a1, v1: a1, beta: a2, v20: a1, v2: a1, vv3: a1},
		{name: "two flags, the second", prepare: tokens(0, "T0", 1, "T1"), as: who{token: "T1", flag: 1}, v10: a2, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "overwritten", prepare: tokens(0, "T0", 0, "T0b"), as: who{token: "T0"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "wrong token", prepare: tokens(0, "T0"), as: who{token: "T0 "}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "empty token", prepare: tokens(0, "T0"), v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "unknown uid", as: who{token: "T0"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "banned", prepare: then(tokens(0, "T0"), ban), as: who{token: "T0"}, v10: a19, v1: a19, beta: a19, v20: a19, v2: silence, vv3: a1},
		{name: "banned, wrong token", prepare: then(tokens(0, "T0"), ban), as: who{token: "no"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "after quit", prepare: then(tokens(0, "T0"), quits(0)), as: who{token: "T0"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "after quit of another flag", prepare: then(tokens(1, "T1"), quits(0)), as: who{token: "T1", flag: 1}, v10: a2, v1: a1, beta: a2, v20: a1, v2: a1, vv3: a1},
		{name: "quit -1, then flag 3", prepare: then(tokens(3, "T3"), quits(-1)), as: who{token: "T3", flag: 3}, v10: a2, v1: a1, beta: a2, v20: a1, v2: a1, vv3: a1},
		{name: "flag 255", prepare: tokens(255, "T"), as: who{token: "T", flag: 255}, v10: a2, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "manager uid, no manager token", as: who{uid: "____manager"}, v10: a2, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "manager uid, right token", cfg: secret, as: who{uid: "____manager", token: "m-secret"}, v10: a2, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "manager uid, wrong token", cfg: secret, as: who{uid: "____manager", token: "no"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: closed, vv3: a1},
		{name: "visitor", as: who{uid: "v1___vstr"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: a1, vv3: a1},
		{name: "visitor, another suffix", cfg: Config{VisitorSuffix: "_guest"}, as: who{uid: "v1___vstr"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "system uid", as: who{uid: "____system", token: "x"}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a1},
		{name: "uid with @", as: who{uid: "x@y", token: "x"}, v10: a2, v1: a2, beta: a2, v20: closed, v2: closed, vv3: a1},
		{name: "blank uid", as: who{uid: " ", token: "x"}, v10: a2, v1: a2, beta: a2, v20: closed, v2: closed, vv3: a1},
		{name: "empty client key", prepare: tokens(0, "T0"), as: who{token: "T0", key: &noKey}, v10: a2, v1: a2, beta: a2, v20: closed, v2: silence, vv3: a21},
		{name: "short client key", prepare: tokens(0, "T0"), as: who{token: "T0", key: &shortKey}, v10: closed, v1: closed, beta: closed, v20: closed, v2: silence, vv3: a2},
		{name: "client key not base64", prepare: tokens(0, "T0"), as: who{token: "T0", key: &badKey}, v10: a2, v1: a2, beta: a2, v20: a2, v2: silence, vv3: a2},
		{name: "auth off, unknown uid", cfg: off, as: who{token: "anything"}, v10: a1, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "auth off, no token", cfg: off, v10: a1, v1: a1, beta: a1, v20: a1, v2: a1, vv3: a1},
		{name: "auth off, banned", cfg: off, prepare: ban, as: who{token: "T"}, v10: a19, v1: a19, beta: a19, v20: a19, v2: silence, vv3: a1},
	}
}

// TestAuth is the measured table of what a client sees, cell by cell, on both
// transports.
func TestAuth(t *testing.T) {
	t.Parallel()
	for _, g := range Generations() {
		for _, row := range authRows() {
			for _, transport := range []string{"ws", "tcp"} {
				t.Run(fmt.Sprintf("%s/%s/%s", g, row.name, transport), func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						cfg := row.cfg
						cfg.Generation = g
						s, as := start(t, cfg), row.as
						as.uid = cmp.Or(as.uid, "u")
						if row.cfg.ManagerToken == "" && row.prepare != nil {
							row.prepare(t, s, as.uid)
						}
						if got, want := attempt(t, s, transport, as), row.want(g); got != want {
							t.Errorf("got %s, want %s", got, want)
						}
					})
				})
			}
		}
	}
}
