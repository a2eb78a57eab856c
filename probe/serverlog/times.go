package serverlog

import "time"

// How the generations write the time (EncodeTime in pkg/wklog/logger.go of each
// tag, internal/log/zap.go of v3):
//
//	2006-01-02 15:04:05                  v1.0, v1
//	2006-01-02 15:04:05.000              v2-beta, v2.0 up to 2.0.5, v3
//	2006-01-02T15:04:05.999999999-07:00  v2.0 from 2.0.6, v2
const (
	secondsLen = len("2006-01-02 15:04:05")
	millisLen  = len("2006-01-02 15:04:05.000")
)

// stamp is a time and what its layout says.
type stamp struct {
	at    time.Time
	zoned bool
	gens  Generations // 0: the layout is of none
}

// parseStamp reads a time in one of the server's layouts, times without a zone
// as in loc. The zero stamp: it is in none of them.
func parseStamp(b []byte, loc *time.Location) stamp {
	if len(b) < secondsLen || len(b) > len(time.RFC3339Nano) {
		return stamp{}
	}
	if b[10] == 'T' {
		var at time.Time
		if err := at.UnmarshalText(b); err != nil { // RFC 3339
			return stamp{}
		}
		return stamp{at: at, zoned: true, gens: GenV20 | GenV2}
	}
	at, ok := parseLocal(b, loc)
	switch {
	case !ok:
		return stamp{}
	case len(b) == secondsLen:
		return stamp{at: at, gens: GenV10 | GenV1}
	default:
		return stamp{at: at, gens: GenV2Beta | GenV20 | GenV3}
	}
}

// parseLocal reads "2006-01-02 15:04:05" and "2006-01-02 15:04:05.000".
func parseLocal(b []byte, loc *time.Location) (time.Time, bool) {
	if len(b) != secondsLen && len(b) != millisLen {
		return time.Time{}, false
	}
	const shape = "0000-00-00 00:00:00.000"
	for i, c := range b {
		if shape[i] == '0' && (c < '0' || c > '9') || shape[i] != '0' && c != shape[i] {
			return time.Time{}, false
		}
	}
	num := func(from, to int) int {
		n := 0
		for _, c := range b[from:to] {
			n = 10*n + int(c-'0')
		}
		return n
	}
	milli := 0
	if len(b) == millisLen {
		milli = num(20, 23)
	}
	month, day, hour, minute, sec := num(5, 7), num(8, 10), num(11, 13), num(14, 16), num(17, 19)
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || sec > 60 {
		return time.Time{}, false
	}
	at := time.Date(num(0, 4), time.Month(month), day, hour, minute, sec, milli*int(time.Millisecond), loc)
	return at, true
}
