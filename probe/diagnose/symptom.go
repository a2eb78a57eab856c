package diagnose

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// symptomCauses come last: they explain how a refusal looks, not why it is one.
func symptomCauses() []Cause {
	return []Cause{
		{Code: codeSilent, ID: "silent-rejection", find: silentRejection, severity: probe.SeverityInfo, is: symptom,
			logKinds: map[serverlog.Kind]int{serverlog.KindRefusedClosed: 0}},
	}
}

// silentRejection: v2.0.8 to v2.2.5 return before they build the CONNACK
// (v2.2.5 internal/user/handler/event_connect.go:25), so the SDK's user sees
// nothing but reconnects. A refusal that should happen is no symptom.
func silentRejection(f *facts) *finding {
	list := f.where(func(p *probe.Pairing) bool {
		accepted, known := p.Result.LetIn()
		return known && !accepted && p.Observed == probe.Silent && p.Verdict != probe.OutcomePass
	})
	if len(list) == 0 {
		return nil
	}
	return &finding{Pairings: ids(list), Evidence: evidenceOf(list[:1]),
		Args: map[string]string{"version": f.Server.Version, "sdk": list[0].SDK}}
}
