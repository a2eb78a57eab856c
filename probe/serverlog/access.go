package serverlog

import (
	"bytes"
	"strconv"
	"time"
)

// access is one answer of the HTTP API in an access log.
type access struct {
	status int
	path   []byte
	time   []byte
}

// parseGIN reads a line of gin's own logger, which every v1 and v2 prints to its
// output (pkg/wkhttp/http.go, gin.Default):
//
//	[GIN] 2026/11/28 - 15:14:44 | 401 |   7.233µs |   127.0.0.1 | POST     "/user/token"
func parseGIN(b []byte) (a access, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte("[GIN] "))
	if !ok {
		return a, false
	}
	var parts [5][]byte
	for i := range parts {
		var found bool
		parts[i], rest, found = bytes.Cut(rest, []byte("|"))
		parts[i] = bytes.TrimSpace(parts[i])
		if !found && i < len(parts)-1 {
			return a, false
		}
	}
	status, ok := parseUint(parts[1])
	open := bytes.IndexByte(parts[4], '"')
	if !ok || status < 100 || status > 599 || open < 0 {
		return a, false
	}
	a.status, a.time, a.path = int(status), parts[0], parts[4][open+1:]
	if end := bytes.IndexByte(a.path, '"'); end >= 0 {
		a.path = a.path[:end]
	}
	return a, true
}

// parseCombined reads a line of a proxy before the API, in the log format that
// nginx, Apache and others share:
//
//	10.0.0.7 - - [28/Nov/2026:15:14:44 +0000] "POST /user/token HTTP/1.1" 429 162 "-" "…"
func parseCombined(b []byte) (a access, ok bool) {
	head, rest, ok := bytes.Cut(b, []byte(`"POST /user/`))
	if !ok {
		return a, false
	}
	request, rest, ok := bytes.Cut(rest, []byte(`" `))
	if !ok {
		return a, false
	}
	path, _, _ := bytes.Cut(request, []byte(" "))
	word, _, _ := bytes.Cut(rest, []byte(" "))
	status, ok := parseUint(word)
	if !ok || status < 100 || status > 599 {
		return a, false
	}
	a.status, a.path = int(status), append([]byte("/user/"), path...)
	if open, end := bytes.IndexByte(head, '['), bytes.IndexByte(head, ']'); open >= 0 && end > open {
		a.time = head[open+1 : end]
	}
	return a, true
}

// isAPI says whether a path is of WuKongIM's API, and not of any program that
// uses gin (internal/api of every v1 and v2).
func (a *access) isAPI() bool {
	for _, start := range []string{
		"/user/", "/route", "/channel", "/message", "/conversation", "/varz", "/connz", "/health",
		"/cluster/", "/system/", "/manager/", "/plugin",
	} {
		if bytes.HasPrefix(a.path, []byte(start)) {
			return true
		}
	}
	return false
}

// kind says what an answer means for logins, "" where it says nothing: only what
// was asked of /user/token decides over them.
func (a *access) kind() Kind {
	path, _, _ := bytes.Cut(a.path, []byte("?"))
	if string(path) != "/user/token" || a.status < 400 {
		return ""
	}
	switch {
	case a.status == 401:
		return KindTokenCallUnauthorized
	case a.status == 429:
		return KindTokenCallLimited
	case a.status == 403, a.status == 404, a.status == 405:
		return KindTokenCallBlocked
	case a.status >= 500:
		return KindTokenCallFailed
	}
	return KindTokenCallRefused
}

// access handles a line of an access log; false: it is none.
func (s *scan) access(b []byte) (bool, error) {
	a, ok := parseGIN(b)
	if !ok {
		if a, ok = parseCombined(b); !ok {
			return false, nil
		}
	}
	if !a.isAPI() {
		return false, nil
	}
	s.count.stats.Known++
	kind := a.kind()
	if kind == "" {
		s.count.other[levelNone]++
		return true, nil
	}
	if s.badBodyAt > 0 && a.status == 400 && s.count.stats.Lines-s.badBodyAt <= badBodyWindow {
		s.badBodyAt = 0
		s.count.stats.Folded++
		return true, nil
	}
	s.rec.time, s.rec.module = a.time, []byte("access")
	return true, s.printed(kind, "HTTP "+strconv.Itoa(a.status))
}

// accessStamp reads the time of an access log: gin's is local and has no zone.
func accessStamp(b []byte, loc *time.Location) stamp {
	const gin, combined = "2006/01/02 - 15:04:05", "02/Jan/2006:15:04:05 -0700"
	switch len(b) {
	case len(gin):
		at, _ := time.ParseInLocation(gin, string(b), loc)
		return stamp{at: at}
	case len(combined):
		at, err := time.Parse(combined, string(b))
		return stamp{at: at, zoned: err == nil}
	}
	return stamp{}
}

// badBodyWindow is how many lines after the error about a request's body gin's
// line about its answer comes at most.
const badBodyWindow = 8

// badBody notes an error that is followed by the access line of the same request.
func (s *scan) badBody(k Kind) {
	if k == KindTokenRequestInvalid || k == KindUserRequestInvalid {
		s.badBodyAt = s.count.stats.Lines
	}
}

// printed hands over the entry of a line that was printed without a level.
func (s *scan) printed(kind Kind, err string) error {
	e, _ := s.class.facts(&s.rec, &row{kind: kind})
	if own := accessStamp(s.rec.time, s.scanner.location()); e.Time.IsZero() && !own.at.IsZero() {
		e.Time = own.at.UTC()
		if !own.zoned {
			e.mislead(MisleadNoZone)
		}
	}
	s.class.finish(&e, &s.rec)
	e.Error = s.class.mask.text([]byte(err), maxError)
	e.Line = s.count.stats.Lines
	return s.fold.emit(e)
}
