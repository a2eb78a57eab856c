package measure

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/wkctl/wkctl/probe/wire"
)

// similar looks for rows under other spellings of the uid: a server takes
// "Alice", "alice" and "alice " for three users.
func (u *userRun) similar(ctx context.Context) string {
	uid := u.plan.UID
	tried := map[string]bool{uid: true}
	for _, other := range []string{strings.TrimSpace(uid), strings.ToLower(uid), strings.ToLower(strings.TrimSpace(uid)), strings.ToUpper(uid)} {
		if other == "" || tried[other] {
			continue
		}
		tried[other] = true
		if rows, ok, err := u.p.API.Stored(ctx, other); ok && err == nil && len(rows) > 0 {
			return other
		}
	}
	return ""
}

// masterOnline says whether a live connection of the user on that flag is a
// master. GET /connz says so in Chinese, "Web(主)" or "Web(从)" (v1.2.6 and v2.2.5,
// run); where it does not, the answer is no.
func (a *API) masterOnline(ctx context.Context, uid string, flag wire.DeviceFlag) bool {
	ans, err := a.Get(ctx, "/connz?uid="+url.QueryEscape(uid))
	var body struct {
		Connections []struct {
			UID    string `json:"uid"`
			Device string `json:"device"`
		} `json:"connections"`
	}
	if err != nil || ans.Status != http.StatusOK || json.Unmarshal(ans.Body, &body) != nil {
		return false
	}
	name := map[wire.DeviceFlag]string{wire.FlagApp: "app", wire.FlagWeb: "web", wire.FlagPC: "pc"}[flag]
	for _, c := range body.Connections {
		if c.UID == uid && name != "" && strings.ToLower(c.Device) == name+"(主)" {
			return true
		}
	}
	return false
}
