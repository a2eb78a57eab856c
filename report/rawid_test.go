package report

import (
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

func checkIDs() []probe.CheckID {
	return []probe.CheckID{
		probe.CheckAPI, probe.CheckRegister, probe.CheckWS, probe.CheckRightToken, probe.CheckWrongToken, probe.CheckEmptyToken,
		probe.CheckUnknownUser, probe.CheckStore, probe.CheckOnline, probe.CheckSweep, probe.CheckAddresses, probe.CheckFix, probe.CheckClientFix, probe.CheckCleanup,
		"of-a-later-version",
	}
}

func outcomes() []probe.Outcome {
	return []probe.Outcome{probe.OutcomePass, probe.OutcomeWarn, probe.OutcomeFail, probe.OutcomeSkip, probe.OutcomeUnknown, ""}
}

// everyCheck has each check with each outcome, so many times done and undone.
func everyCheck(count, failed int) *probe.Diagnosis {
	d := setupV1(text.English)
	d.Checks = nil
	for _, id := range checkIDs() {
		for _, o := range outcomes() {
			d.Checks = append(d.Checks, probe.Check{ID: id, Outcome: o, Count: count, Failed: failed, Needs: id})
		}
	}
	return d
}

// everyWord has each kind of address, of answer and of stored token.
func everyWord() *probe.Diagnosis {
	d := setupV1(text.English)
	d.User = &probe.User{UID: "u", StoreKnown: true}
	for _, class := range []probe.AddressClass{
		probe.ClassEmpty, probe.ClassMalformed, probe.ClassUnspecified, probe.ClassLoopback, probe.ClassContainer, probe.ClassPrivate, probe.ClassPublic, probe.ClassName, "later", "",
	} {
		for _, o := range outcomes() {
			d.Addresses = append(d.Addresses, probe.Address{Role: probe.RoleWSS, URL: "wss://a:1", Class: class, Outcome: o, OnlyTCP: true})
		}
	}
	proofs := []probe.Proof{probe.ProofConnack, probe.ProofPong, probe.ProofPingClose, probe.ProofIdleClose, probe.ProofNone}
	for i, state := range []probe.ExpectToken{probe.TokenMatch, probe.TokenEmpty, probe.TokenOther, probe.TokenUnknown, "later", ""} {
		d.User.Stored = append(d.User.Stored, probe.StoredState{State: state})
		for j, observed := range append(observations(), "later", "") {
			// Six states in turn give each observation every proof.
			p := d.Pairings[0]
			p.ExpectToken, p.Observed, p.Proof, p.Expected, p.ReasonCode, p.Fault = state, observed, proofs[(i+j)%len(proofs)], observed, 0, nil
			p.ConnectFlag++
			d.Pairings = append(d.Pairings, p)
			d.Checks = append(d.Checks, probe.Check{ID: probe.CheckRightToken, Outcome: probe.OutcomeFail, Result: &p.Result})
		}
	}
	return d
}

// TestNoRawMessageID: no check, whatever its outcome and however often it worked,
// shows the id of a message that does not exist.
func TestNoRawMessageID(t *testing.T) {
	t.Parallel()
	list := []*probe.Diagnosis{everyWord()}
	for _, count := range []int{0, 1, 2, 7} {
		list = append(list, everyCheck(count, 0), everyCheck(count, 1))
	}
	for lang, style := range bothStyles() {
		for i, d := range list {
			modes := []probe.Mode{probe.ModeTable, probe.ModeSetup, probe.ModeUser, "later", ""}
			if i > 0 {
				modes = modes[:1]
			}
			for _, mode := range modes {
				d.Mode = mode
				for _, f := range Formats() {
					if f == JSON || f == Prometheus {
						continue
					}
					if id := rawID.Find(rendered(t, d, f, style)); id != nil {
						t.Errorf("%s in %s: %s", f, lang, id)
					}
				}
			}
		}
	}
}
