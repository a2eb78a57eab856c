package serverconf

import (
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// The releases whose nodes call each other's API without the manager token. The
// maintainer said on 2024-11-16, after 2.0.7, that v2 did not support the setting
// yet. Ticket WuKongIM#159.
const (
	firstTokenlessNodes = 20001
	lastTokenlessNodes  = 20010
)

// checkNodes: several nodes of those releases, and a manager token. Every node
// then answers 401 to the others and to the admin page.
func (in *instance) checkNodes() {
	token := in.config.get(KeyManagerToken)
	if in.svc == nil || !token.Known || token.Text == "" {
		return
	}
	rel, tagged := in.svc.imageSpan() // what the file says counts, whatever answers now
	if !tagged {
		rel = in.rel
	}
	if !rel.within(span{firstTokenlessNodes, lastTokenlessNodes}) {
		return
	}
	nodes := in.nodes()
	if nodes < 2 {
		return
	}
	is := in.found(CodeNodesToken, probe.SeverityError, token.from.at(), args{
		"reason": "nodes", "setting": KeyManagerToken, "nodes": strconv.Itoa(nodes), "in_service": cleanName(in.svc.name),
	})
	in.about(is, KeyManagerToken, "")
	if token.from.kind == originEnv {
		in.about(is, token.from.env, "")
	}
	is.In, is.YAML, is.Env = "wk.yaml", KeyManagerToken+`: ""`, envName(KeyManagerToken)+"="
}

// nodes counts the servers of the compose file that belong to a cluster, and those
// that this one is told to wait for.
func (in *instance) nodes() int {
	services := 0
	for _, s := range in.compose.services {
		if s.clustered() {
			services++
		}
	}
	waited := 0
	if i := findEnv(in.env, envName(KeyClusterInitNodes)); i >= 0 {
		waited = len(strings.FieldsFunc(in.env[i].value, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }))
	}
	return max(services, waited)
}

// clustered says whether a server gets settings of its own for a cluster.
func (s *service) clustered() bool {
	for _, e := range s.env {
		if strings.HasPrefix(e.name, "WK_CLUSTER_") && e.value != "" {
			return true
		}
	}
	return false
}
