package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wkctl/wkctl/probe"
)

// A clue is one observation and the generations it leaves possible.
type clue struct {
	source string // api or connect
	text   probe.Phrase
	allows []probe.Generation
	fast   bool // such a release accepts a right token within milliseconds
}

// fingerprintPaths are read without side effect and tell the generations apart
// (each was asked of all 51 tagged releases).
func fingerprintPaths() []string {
	return []string{"/healthz", "/health", "/varz", "/cluster/nodes", "/tags", "/system/ip/blacklist"}
}

// fingerprint is what the API shows of itself without being changed.
type fingerprint struct {
	clues   []clue
	version string
	nodes   []probe.Node
	missing *probe.Fault // a node could not be asked for its part of that list
	manager string       // uid of the server's own account; "" = not told

	uptime      time.Duration // age of the process
	uptimeKnown bool
}

// fingerprint asks the API what it is. Paths that cannot be read give no clue.
func (a *API) fingerprint(ctx context.Context) (f fingerprint) {
	paths := fingerprintPaths()
	answers := make([]*Answer, len(paths))
	var wg sync.WaitGroup
	for i, path := range paths {
		wg.Go(func() {
			if ans, err := a.Get(ctx, path); err == nil && ans.Status != http.StatusUnauthorized {
				answers[i] = ans
			}
		})
	}
	wg.Wait()
	for i, ans := range answers {
		if ans == nil {
			continue
		}
		if c, ok := pathClue(paths[i], ans); ok {
			f.clues = append(f.clues, c)
		}
		switch paths[i] {
		case "/cluster/nodes":
			f.nodes, f.missing = a.nodes(ans), a.missingNode(ans)
		case "/varz":
			f.manager = managerOf(ans)
			f.uptime, f.uptimeKnown = uptimeOf(ans)
		}
		if v := statedVersion(paths[i], ans); v != "" {
			f.version = a.clean(v, 40)
		}
	}
	if gen, ok := generationOf(f.version); ok {
		f.clues = append(f.clues, clue{source: "api", text: probe.Say("version", "version {{.version}}", map[string]any{"version": f.version}), allows: []probe.Generation{gen}})
	}
	return f
}

// managerOf reads which uid the server's own account has (v1.1.7 to v2.2.5, not
// v2.0.1 to v2.0.5).
func managerOf(ans *Answer) string {
	var body struct {
		ManagerUID string `json:"manager_uid"`
	}
	if ans.Status != http.StatusOK || json.Unmarshal(ans.Body, &body) != nil {
		return ""
	}
	return body.ManagerUID
}

// nodes reads the members of a cluster; a single node is none.
func (a *API) nodes(ans *Answer) []probe.Node {
	var body struct {
		Data []struct {
			ID          uint64 `json:"id"`
			Online      int    `json:"online"`
			ClusterAddr string `json:"cluster_addr"`
		} `json:"data"`
	}
	if ans.Status != http.StatusOK || json.Unmarshal(ans.Body, &body) != nil || len(body.Data) < 2 {
		return nil
	}
	var list []probe.Node
	for _, d := range body.Data {
		list = append(list, probe.Node{ID: d.ID, Online: d.Online == 1, Address: foreignURL(a.Vault, d.ClusterAddr, maxText)})
	}
	return list
}

// missingNode reads the answer of a node that could not ask another one, "Get
// \"http://…/cluster/node\": dial tcp …" with status 400 (three nodes of v2.2.5,
// one stopped, or with a cluster.apiUrl that the others cannot reach; run).
func (a *API) missingNode(ans *Answer) *probe.Fault {
	var f *probe.Fault
	if !errors.As(a.wanted("/cluster/nodes", ans), &f) || f.Status != http.StatusBadRequest || !strings.Contains(f.Text, ": dial tcp ") {
		return nil
	}
	return f
}

// pathClue reads one answer (facts: GET on every tagged release).
func pathClue(path string, ans *Answer) (clue, bool) {
	found := ans.Status == http.StatusOK
	text := probe.Phrase{Text: fmt.Sprintf("GET %s %d", path, ans.Status)}
	switch path {
	case "/healthz":
		if found {
			return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV3}}, true
		}
		return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV10, probe.GenV1, probe.GenV2Beta, probe.GenV20, probe.GenV2}}, ans.Status == http.StatusNotFound
	case "/health":
		switch {
		case ans.Status == http.StatusNotFound:
			return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV10, probe.GenV1, probe.GenV3}}, true
		case strings.Contains(string(ans.Body), `"status":200`):
			text.Text += ` {"status":200}`
			return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV2Beta}}, true
		case strings.Contains(string(ans.Body), `"status":"`):
			text.Text += ` {"status":"…"}`
			return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV20, probe.GenV2}}, true
		}
	case "/tags": // from v2.1.1
		if found {
			return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV2}, fast: true}, true
		}
	case "/system/ip/blacklist": // v1.1.9 to v2.0.0-beta
		if found {
			return clue{source: "api", text: text, allows: []probe.Generation{probe.GenV1, probe.GenV2Beta}}, true
		}
	}
	return clue{}, false
}

// statedVersion finds the release's own name: /varz has it in v1 and from
// v2.0.6, /cluster/nodes from v2.0.1, both only in builds made with the
// project's Dockerfile. v1.0.0 to v1.0.2 always say 5.0.0, which names none.
func statedVersion(path string, ans *Answer) string {
	var body struct {
		Version string `json:"version"`
		Data    []struct {
			AppVersion string `json:"app_version"`
		} `json:"data"`
	}
	if ans.Status != http.StatusOK || json.Unmarshal(ans.Body, &body) != nil {
		return ""
	}
	switch {
	case path == "/varz" && body.Version != "5.0.0":
		return body.Version
	case path == "/cluster/nodes" && len(body.Data) > 0:
		return body.Data[0].AppVersion
	}
	return ""
}

// generationOf gives the generation of a release name such as v2.0.7-20241104.
func generationOf(version string) (probe.Generation, bool) {
	r, ok := probe.ParseRelease(version)
	if !ok {
		return "", false
	}
	return probe.GenerationOf(r)
}

// answerClue reads what a right token's CONNACK states. The version byte is the
// lower of the client's and the server's, so 5 means "5 or more".
func answerClue(r *probe.Result) (clue, bool) {
	if r.Observed != probe.Accepted || r.Proof != probe.ProofConnack {
		return clue{}, false
	}
	allows := map[uint8][]probe.Generation{
		0: {probe.GenV10, probe.GenV1},
		3: {probe.GenV1, probe.GenV2Beta},
		4: {probe.GenV20, probe.GenV2},
		5: {probe.GenV2, probe.GenV3},
	}[r.ServerVersion]
	text := probe.Say("protocol", "CONNACK 1, server version {{.version}}", map[string]any{"version": r.ServerVersion})
	return clue{source: "connect", text: text, allows: allows}, allows != nil
}

// refusalClue reads how a wrong token is refused.
func refusalClue(r *probe.Result) (clue, bool) {
	code := map[string]any{"code": uint8(r.ReasonCode)}
	switch {
	case r.Observed == probe.Refused && r.NodeID != nil:
		return clue{source: "connect", text: probe.Say("refused-with-node", "wrong token: CONNACK {{.code}} with node id", code), allows: []probe.Generation{probe.GenV20}}, true
	case r.Observed == probe.Refused:
		return clue{source: "connect", text: probe.Say("refused-without-node", "wrong token: CONNACK {{.code}} without node id", code), allows: []probe.Generation{probe.GenV10, probe.GenV1, probe.GenV2Beta}}, true
	case r.Observed == probe.Silent && r.Proof != probe.ProofNone:
		return clue{source: "connect", text: probe.Say("wrong-silent", "wrong token: no CONNACK", nil), allows: []probe.Generation{probe.GenV2}}, true
	}
	return clue{}, false
}

// pairingClue reads a pairing of a user that has one token only. It means
// something only where wrong tokens are refused.
func pairingClue(p *probe.Pairing) (clue, bool) {
	accepted, known := p.Result.LetIn()
	if !known {
		return clue{}, false
	}
	text := probe.Say("pairing", "token of flag {{.token}}, connected as {{.flag}}: {{.observed}}",
		map[string]any{"token": uint8(p.TokenFlag), "flag": uint8(p.ConnectFlag), "observed": p.Observed.Phrase()})
	sameFlag := p.TokenFlag == p.ConnectFlag
	switch {
	case sameFlag && p.TokenFlag == 0:
		return clue{}, false // all generations agree
	case sameFlag && accepted:
		return clue{source: "connect", text: text, allows: []probe.Generation{probe.GenV1, probe.GenV2Beta, probe.GenV20, probe.GenV2}}, true
	case sameFlag:
		return clue{source: "connect", text: text, allows: []probe.Generation{probe.GenV10}}, true
	case !accepted && p.TokenFlag == 0:
		return clue{source: "connect", text: text, allows: []probe.Generation{probe.GenV1, probe.GenV20, probe.GenV2}}, true
	case !accepted:
		return clue{source: "connect", text: text, allows: []probe.Generation{probe.GenV10, probe.GenV1, probe.GenV20, probe.GenV2}}, true
	case p.TokenFlag == 0:
		return clue{source: "connect", text: text, allows: []probe.Generation{probe.GenV10, probe.GenV2Beta}}, true
	}
	return clue{source: "connect", text: text, allows: []probe.Generation{probe.GenV2Beta}}, true
}

// conclude intersects the clues in order. A clue that would leave nothing is
// passed over and said to contradict; one that narrows nothing is left out.
func conclude(clues []clue) (probe.Generation, []probe.Evidence) {
	left := probe.Generations()
	evidence := []probe.Evidence{}
	for _, c := range clues {
		both := intersect(left, c.allows)
		switch {
		case len(both) == 0:
			evidence = append(evidence, probe.Say("contradicts", "{{.clue}} (contradicts the rest)", map[string]any{"clue": c.text}).By(c.source))
		case len(both) < len(left):
			left = both
			evidence = append(evidence, c.text.By(c.source))
		}
	}
	if len(left) == 1 {
		return left[0], evidence
	}
	return probe.GenUnknown, evidence
}

// possible gives the generations that the clues leave, contradictions aside.
func possible(clues []clue) []probe.Generation {
	left := probe.Generations()
	for _, c := range clues {
		if both := intersect(left, c.allows); len(both) > 0 {
			left = both
		}
	}
	return left
}

func intersect(a, b []probe.Generation) []probe.Generation {
	var both []probe.Generation
	for _, g := range a {
		for _, h := range b {
			if g == h {
				both = append(both, g)
			}
		}
	}
	return both
}
