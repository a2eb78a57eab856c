package report

import (
	"math"
	"strconv"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// Values that read the same in every language.

// millis writes a duration as people read it: "0.4 ms", "12 ms", "3.21 s".
func millis(ms float64) string {
	switch {
	case ms >= 1000:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
	case ms >= 9.95:
		return strconv.FormatFloat(math.Round(ms), 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
}

// serverName is "WuKongIM 1.2.6 (v1)", or what of it is known; "" for nothing.
func serverName(s *probe.Server) string {
	gen := string(s.Generation)
	switch {
	case s.Version != "" && s.Generation != probe.GenUnknown:
		return "WuKongIM " + s.Version + " (" + gen + ")"
	case s.Version != "":
		return "WuKongIM " + s.Version
	case s.Generation != probe.GenUnknown:
		return "WuKongIM " + gen
	}
	return ""
}

func reasonName(r *probe.Result) string {
	if r.Reason != "" {
		return r.Reason
	}
	return r.ReasonCode.String()
}

// flagName is "0 APP", "1 WEB", "7".
func flagName(f wire.DeviceFlag) string { return f.String() }

// loud says whether a pairing was accepted although it should be refused: the
// loudest thing a report can say.
func loud(p *probe.Pairing) bool {
	return p.Verdict == probe.OutcomeFail && p.Observed == probe.Accepted && p.Expected == probe.Refused
}
