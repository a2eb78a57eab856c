package diagnose

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// Cause is one row of the catalogue: everything that wkctl knows of a cause but
// how it shows in the facts, which is its finding function, and its sentences,
// which are in package report/text under the code. Codes and ids are stable
// once released.
type Cause struct {
	Code  string
	ID    string
	Links []string // tickets in which somebody met it

	family   family
	severity probe.Severity // of a finding that does not say otherwise; "" = error
	is       trait

	// find gives the finding where the facts show the cause, else nil. It only
	// looks: it writes nothing, and may ask facts.found for other causes.
	find func(*facts) *finding

	unless    []string // codes: where one of these is found, this is not looked for
	dependsOn []root   // findings that this one is a symptom of; the first that is found and holds
	address   part     // the part of /route that it is about
	settings  behind   // what in the server's configuration it may come from; nil = nothing

	// logKinds are the kinds of line that it leaves in a server's log, each with
	// its place among the causes that leave such a line; the likeliest is 0.
	logKinds map[serverlog.Kind]int
}

// family says where a cause lies. Families are the files of this package.
type family string

// The families, in the order of the catalogue.
const (
	familyHealth     family = "health"     // the server is not there any more
	familyConfusion  family = "confusion"  // something else was given, or asked, than was meant
	familyAPI        family = "api"        // the HTTP API
	familyNetwork    family = "network"    // between us and the client port
	familyAddress    family = "address"    // the address that clients use
	familySDK        family = "sdk"        // how an SDK logs in
	familyServer     family = "server"     // what the server does, whatever the tokens are
	familyAuth       family = "auth"       // what is stored for a token
	familyAdvertised family = "advertised" // what /route hands to clients
	familyConfig     family = "config"     // the server's configuration files
	familyAfter      family = "after"      // behind an accepted login
	familyCluster    family = "cluster"    // behind the node that was asked
	familyClient     family = "client"     // the server does what it should
	familySymptom    family = "symptom"    // how a refusal looks
	familyResidual   family = "residual"   // what no other finding names
)

// trait is what else is to be known of a cause, as a set of bits.
type trait uint

// The traits.
const (
	symptom        trait = 1 << iota // it depends on the finding that explains its first pairing
	residual                         // it is looked for last: it takes what no other finding names
	outage                           // the server went away: that comes before all else
	outageShows                      // a server that went away shows it
	onTheWay                         // it comes before what can only be seen behind it
	apiAnswer                        // it says what the API's answer means, so that no stranger answered (WK202)
	apiUnasked                       // the API could not be asked, which keeps nobody from logging in
	nothingReached                   // nothing takes connections: no login was tried (exit code 3)
	endsRun                          // no login could be tested because of it
	mayEndRun                        // the same where the address or the control failed, too
	neverStarts                      // a server that does not start, or not for long, shows it
	tokens                           // it is about a token: lines of the server's log prove it
)

func (c *Cause) has(t trait) bool { return c.is&t != 0 }

// root names a finding that explains another.
type root struct {
	code string
	when func(*facts, *finding) bool // of the root; nil = wherever it is found
	late bool                        // it is tied when the order is settled: it changes nothing in that
}

// Catalogue lists every cause, the roots before their symptoms: where two are
// found and equally severe, the earlier one is what to fix first.
func Catalogue() []Cause {
	var all []Cause
	for _, of := range []struct {
		family family
		causes []Cause
	}{
		{familyHealth, healthCauses()}, {familyConfusion, confusionCauses()}, {familyAPI, apiCauses()},
		{familyNetwork, networkCauses()}, {familyAddress, addressCauses()}, {familySDK, sdkCauses()},
		{familyServer, serverCauses()}, {familyAuth, authCauses()}, {familyAdvertised, advertisedCauses()},
		{familyConfig, configCauses()}, {familyAfter, afterCauses()}, {familyCluster, clusterCauses()},
		{familyClient, clientCauses()}, {familySymptom, symptomCauses()}, {familyResidual, residualCauses()},
	} {
		for _, c := range of.causes {
			c.family = of.family
			if c.severity == "" {
				c.severity = probe.SeverityError
			}
			all = append(all, c)
		}
	}
	return all
}
