package measure

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// quotes are the marks that end up around a token when a JSON or shell string is
// passed on whole.
const quotes = "\"'`\u201c\u201d"

// bearer is the word that HTTP clients put before a token.
const bearer = "bearer "

// tidy takes off what a token has too much, and says what it was; "" where it
// has nothing.
func tidy(token string) (clean string, defect probe.TokenDefect) {
	clean = token
	for {
		before := clean
		clean = strings.TrimSpace(clean)
		if clean != before && defect == "" {
			defect = probe.DefectSentBlanks
		}
		if trimmed := strings.Trim(clean, quotes); trimmed != clean {
			clean, defect = trimmed, probe.DefectSentQuotes
		}
		if len(clean) > len(bearer) && strings.EqualFold(clean[:len(bearer)], bearer) {
			clean, defect = clean[len(bearer):], probe.DefectSentBearer
		}
		if clean == before {
			return clean, defect
		}
	}
}

// defect says in what alone two tokens differ, "" where they have nothing to do
// with each other. The server compares them byte by byte (all releases).
func defect(sent, stored string) probe.TokenDefect {
	cleanSent, sentDefect := tidy(sent)
	cleanStored, storedDefect := tidy(stored)
	switch {
	case sent == "" || stored == "" || sent == stored:
		return ""
	case cleanSent == stored:
		return sentDefect
	case cleanStored == sent && storedDefect == probe.DefectSentQuotes:
		return probe.DefectStoredQuotes
	case cleanStored == sent:
		return probe.DefectStoredBlanks
	case strings.EqualFold(sent, stored):
		return probe.DefectCase
	}
	return ""
}

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
