package serverlog

import (
	"bytes"
	"strconv"
	"time"
)

// access is one answer of the HTTP API in an access log.
type access struct {
	status int
	method []byte
	path   []byte // with its query
	time   []byte
}

// parseGIN reads a line of gin's own logger, which v1.0.0 to v2.1.1 print to their
// output (pkg/wkhttp/http.go, gin.Default), also without its mark, its padding or
// its quotes, which viewers and chats take off:
//
//	[GIN] 2026/11/28 - 15:14:44 | 401 |   7.233µs |   127.0.0.1 | POST     "/user/token"
func parseGIN(b []byte) (a access, ok bool) {
	const mark = "[GIN]"
	rest := bytes.TrimLeft(b, " ")
	if i := bytes.Index(b[:min(len(b), maxPrefix)], []byte(mark)); i >= 0 {
		rest = bytes.TrimLeft(b[i+len(mark):], " ")
	}
	if !isGINStamp(rest) {
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
	a.time = parts[0]
	a.method, a.path = cutWord(parts[4])
	return a, a.setStatus(parts[1]) && a.setPath(a.path)
}

// isGINStamp says whether b starts like 2006/01/02 - 15:04:05.
func isGINStamp(b []byte) bool { return shaped(b, "0000/00/00 - 00:00:00") }

// parseLogged reads the message that stands in place of gin's line from v2.1.2 on,
// at level debug only (pkg/wkhttp/logger.go): "|POST| 401| /user/token".
func parseLogged(msg []byte) (a access, ok bool) {
	parts := bytes.SplitN(msg, []byte("|"), 4)
	if len(parts) != 4 || len(parts[0]) > 0 {
		return a, false
	}
	a.method = bytes.TrimSpace(parts[1])
	return a, a.setStatus(bytes.TrimSpace(parts[2])) && a.setPath(bytes.TrimSpace(parts[3]))
}

// parseCombined reads a line of a proxy before the API, in the log format that
// nginx, Apache and others share:
//
//	10.0.0.7 - - [28/Nov/2026:15:14:44 +0000] "POST /user/token HTTP/1.1" 429 162 "-" "…"
func parseCombined(b []byte) (a access, ok bool) {
	at := bytes.Index(b, []byte(" HTTP/"))
	if at < 0 {
		return a, false
	}
	open := bytes.LastIndexByte(b[:at], '"')
	_, rest, found := bytes.Cut(b[at:], []byte(`" `))
	if open < 0 || !found {
		return a, false
	}
	var path []byte
	a.method, path = cutWord(b[open+1 : at])
	word, _, _ := bytes.Cut(rest, []byte(" "))
	if !a.setStatus(word) || !a.setPath(path) {
		return a, false
	}
	head := b[:open]
	if open, end := bytes.IndexByte(head, '['), bytes.IndexByte(head, ']'); open >= 0 && end > open {
		a.time = head[open+1 : end]
	}
	return a, true
}

func (a *access) setStatus(word []byte) bool {
	status, ok := parseUint(word)
	a.status = int(status)
	return ok && status >= 100 && status <= 599
}

// setPath takes the path out of the quotes and blanks around it.
func (a *access) setPath(b []byte) bool {
	b = bytes.TrimLeft(b, "\"'`\\ ")
	if i := bytes.IndexAny(b, "\"'`\\ |<"); i >= 0 {
		b = b[:i]
	}
	a.path = b
	return len(b) > 0 && b[0] == '/'
}

// bare gives the path without its query, which may hold a token.
func (a *access) bare() string {
	path, _, _ := bytes.Cut(a.path, []byte("?"))
	return string(path)
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

// isLogin says whether a path is one that a login depends on.
func (a *access) isLogin() bool {
	switch a.bare() {
	case pathToken, pathQuit, pathRoute, pathRoutes:
		return true
	}
	return false
}

// The paths whose answers decide over logins.
const (
	pathToken  = "/user/token"
	pathQuit   = "/user/device_quit"
	pathRoute  = "/route"
	pathRoutes = "/route/batch"
)

// kind says what an answer means for logins, "" where it says nothing.
func (a *access) kind() Kind {
	path := a.bare()
	switch {
	case path == pathToken && string(a.method) == "POST":
		return a.tokenKind()
	case path == pathQuit && string(a.method) == "POST" && a.status < 300:
		return KindQuitCall
	case a.status == 401 && !bytes.HasPrefix(a.path, []byte("/manager/")) && !bytes.HasPrefix(a.path, []byte("/cluster/")):
		return KindAPIUnauthorized // the two have a login of their own
	case path == pathQuit && a.status >= 400:
		return KindQuitCallFailed
	case (path == pathRoute || path == pathRoutes) && a.status >= 400:
		return KindRouteFailed
	}
	return ""
}

// tokenKind tells the answers to POST /user/token apart.
func (a *access) tokenKind() Kind {
	switch {
	case a.status < 300:
		return KindTokenCall
	case a.status < 400:
		return ""
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
	if ok = ok && a.isAPI(); !ok {
		// A proxy may serve other programs as well.
		a, ok = parseCombined(b)
		ok = ok && a.isLogin()
	}
	if !ok {
		return false, nil
	}
	s.known()
	s.rec.time, s.rec.module = a.time, []byte("access")
	return true, s.answered(&a, levelNone)
}

// logged handles the access line of v2.1.2 and later; false: it is none.
func (s *scan) logged() (bool, error) {
	if len(s.rec.msg) == 0 || s.rec.msg[0] != '|' || len(s.rec.module) == 0 {
		return false, nil
	}
	a, ok := parseLogged(s.rec.msg)
	if !ok || !a.isAPI() {
		return false, nil
	}
	s.known()
	return true, s.answered(&a, s.rec.level)
}

// answered hands over what an answer means.
func (s *scan) answered(a *access, level level) error {
	kind := a.kind()
	if kind == "" {
		s.count.other[level]++
		return nil
	}
	if s.badBodyAt > 0 && a.status == 400 && s.count.stats.Lines-s.badBodyAt <= badBodyWindow {
		s.badBodyAt = 0
		s.count.stats.Folded++
		return nil
	}
	return s.printed(Entry{Kind: kind, Error: "HTTP " + strconv.Itoa(a.status), Status: a.status, Path: clean([]byte(a.bare()), maxShort)})
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

// badBodyWindow is how many lines after the error about a request's body the
// line about its answer comes at most.
const badBodyWindow = 8

// badBody notes an error that is followed by the access line of the same request.
func (s *scan) badBody(k Kind) {
	if k == KindTokenRequestInvalid || k == KindUserRequestInvalid {
		s.badBodyAt = s.count.stats.Lines
	}
}

// printed hands over the entry of a line that is told by its text alone; of e the
// kind, the error, status and path are taken.
func (s *scan) printed(of Entry) error {
	e, _ := s.class.facts(&s.rec, &row{kind: of.Kind})
	if own := accessStamp(s.rec.time, s.scanner.location()); e.Time.IsZero() && !own.at.IsZero() {
		e.Time = own.at.UTC()
		if !own.zoned {
			e.mislead(MisleadNoZone)
		}
	}
	s.class.finish(&e, &s.rec)
	e.Error, e.Status, e.Path = s.class.mask.text([]byte(of.Error), maxError), of.Status, of.Path
	e.Line = s.no
	return s.fold.emit(e)
}
