package diagnose

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// clusterCauses are what a request meets behind the node that was asked.
func clusterCauses() []Cause {
	return []Cause{
		{Code: codeNodeUnreachable, ID: "cluster-node-unreachable", find: nodeUnreachable, severity: probe.SeverityWarning, is: onTheWay | apiAnswer | mayEndRun,
			logKinds: map[serverlog.Kind]int{serverlog.KindTokenCallRefused: 1},
			Links:    []string{ticket("WuKongIM/WuKongIM#346")}},
		{Code: "WK208", ID: "cluster-node-offline", find: nodeOffline, severity: probe.SeverityWarning, is: onTheWay,
			dependsOn: []root{{code: codeNodeUnreachable}, {code: codeServerError}}, // what came of it in this run
			logKinds:  map[serverlog.Kind]int{serverlog.KindSlotNotReady: 1},
			Links:     []string{ticket("WuKongIM/WuKongIM#346")}},
	}
}

// passedOn recognises the error that one node of a cluster had while it passed a
// request on to the node that holds the user: v2 answers it as its own, with
// status 400 (v2.2.5 internal/api/user.go, network.Post to cluster.apiUrl). It
// gives host:port of that other node and what went wrong there.
func passedOn(fault *probe.Fault) (node, why string) {
	if fault == nil || fault.Status < 400 {
		return "", ""
	}
	for _, said := range []string{fault.Text, strings.ReplaceAll(fault.Body, `\"`, `"`)} {
		before, rest, ok := strings.Cut(said, ` "http`)
		raw, why, ended := strings.Cut(rest, `": `)
		u, err := url.Parse("http" + raw)
		if !ok || !ended || err != nil || u.Host == "" {
			continue
		}
		for _, method := range []string{"Post", "Get", "Put", "Delete"} {
			if strings.HasSuffix(before, method) {
				why, _, _ = strings.Cut(why, `"`) // the rest of a body
				return u.Host, why
			}
		}
	}
	return "", ""
}

// nodeFault is a request that did not get through to another node.
type nodeFault struct {
	*probe.Fault
	node, why string
}

// nodeFaults lists such requests, those that most users met first.
func (f *facts) nodeFaults() (list []nodeFault) {
	add := func(fault *probe.Fault) {
		if node, why := passedOn(fault); node != "" {
			list = append(list, nodeFault{fault, node, why})
		}
	}
	for _, fault := range faultsOf(f.register) {
		add(fault)
	}
	for i := range f.Checks {
		if f.Checks[i].ID != probe.CheckRegister {
			add(f.Checks[i].Fault)
		}
	}
	for i := range f.Pairings {
		add(f.Pairings[i].Fault)
	}
	add(f.Server.NodesFault)
	return list
}

// faultsOf gives all that went wrong in a check, the most frequent first.
func faultsOf(c *probe.Check) (list []*probe.Fault) {
	if c == nil || c.Fault == nil {
		return nil
	}
	list = append(list, c.Fault)
	for i := range c.Faults {
		list = append(list, &c.Faults[i])
	}
	return list
}

// noMajority says whether so many nodes are missing that the cluster can store
// nothing: half of them are offline, or no user at all could be registered and
// more than one node, or the one that was asked as well, is to blame for that.
func (f *facts) noMajority() bool {
	online := 0
	for _, n := range f.Server.Nodes {
		if n.Online {
			online++
		}
	}
	if n := len(f.Server.Nodes); n > 0 && 2*online <= n {
		return true
	}
	if f.register == nil || f.register.Failed == 0 || f.register.Count > 0 {
		return false
	}
	var nodes []string
	itself := false
	for _, fault := range faultsOf(f.register) {
		node, _ := passedOn(fault)
		switch {
		case node != "" && !slices.Contains(nodes, node):
			nodes = append(nodes, node)
		case node == "":
			itself = itself || clusterText(fault.Text) || fault.Kind == probe.FaultTimeout
		}
	}
	return len(nodes) > 1 || itself && (len(nodes) > 0 || len(f.Server.Nodes) > 1)
}

// nodeUnreachable: one node is down, or its cluster.apiUrl is an address that the
// other nodes cannot reach. Requests about the users that it holds fail on every
// other node, all others pass: in a cluster of three for about 20 s after a node
// has stopped, and as long as a wrong cluster.apiUrl stands.
func nodeUnreachable(f *facts) *finding {
	faults := f.nodeFaults()
	if len(faults) == 0 || f.noMajority() {
		return nil // WK207
	}
	first := faults[0]
	untested := f.where(func(p *probe.Pairing) bool { node, _ := passedOn(p.Fault); return node != "" })
	found := finding{
		Pairings: ids(untested), Evidence: faultEvidence("api", first.Fault),
		Args: f.nodeArgs(first),
		Fix: probe.Fix{Commands: append([]string{
			f.get("-s", "/cluster/nodes"),
			f.getFrom("http://"+first.node, "-i", "/health") + "   # from another node",
		}, asSetting("cluster.apiUrl", "http://10.0.0.3:5001")...)},
	}
	if len(untested) > 0 || f.register != nil && f.register.Fault != nil && (f.register.Failed > 0 || f.register.Outcome == probe.OutcomeFail) {
		found.Severity = probe.SeverityError
	}
	found.Evidence = append(found.Evidence, f.nodeEvidence()...)
	return about(found, probe.CheckRegister)
}

func (f *facts) nodeArgs(first nodeFault) map[string]string {
	args := map[string]string{"api": f.Target.API, "node": first.node, "why": first.why, "id": f.nodeID(first.node), "listed": f.listed()}
	if c := f.register; c != nil && c.Failed > 0 {
		args["failed"], args["total"] = strconv.Itoa(c.Failed), strconv.Itoa(c.Failed+c.Count)
	}
	switch class := classOfURL("http://" + first.node); {
	case class == probe.ClassLoopback && classOfURL(f.Target.API) == probe.ClassLoopback: // a cluster on one machine
	case class == probe.ClassLoopback, class == probe.ClassContainer, class == probe.ClassUnspecified:
		args["class"] = string(class)
	}
	return args
}

// classOfURL says from where the host of a URL can be reached.
func classOfURL(raw string) probe.AddressClass {
	u, err := url.Parse(raw)
	if err != nil {
		return probe.ClassMalformed
	}
	return probe.ClassOf(u.Hostname())
}

// nodeID names the node with that API address: the one whose cluster address has
// the same host, where no other has; else the only one that is offline.
func (f *facts) nodeID(address string) string {
	api, err := url.Parse("http://" + address)
	if err != nil {
		return ""
	}
	var same, offline []string
	for _, n := range f.Server.Nodes {
		id := strconv.FormatUint(n.ID, 10)
		if u, err := url.Parse("tcp://" + strings.TrimPrefix(n.Address, "tcp://")); err == nil && u.Hostname() == api.Hostname() {
			same = append(same, id)
		}
		if !n.Online {
			offline = append(offline, id)
		}
	}
	switch {
	case len(same) == 1:
		return same[0]
	case len(offline) == 1:
		return offline[0]
	}
	return ""
}

// listed says how GET /cluster/nodes lists the nodes, "" where it was not
// answered.
func (f *facts) listed() string {
	switch {
	case len(f.Server.Nodes) == 0:
		return ""
	case len(f.offline()) == 0:
		return "online"
	}
	return "offline"
}

func (f *facts) offline() (list []probe.Node) {
	for _, n := range f.Server.Nodes {
		if !n.Online {
			list = append(list, n)
		}
	}
	return list
}

func (f *facts) nodeEvidence() (out []probe.Evidence) {
	for _, n := range f.offline() {
		out = append(out, probe.Say("node-offline", "GET /cluster/nodes: node {{.node}} offline, cluster address {{.address}}",
			map[string]any{"node": n.ID, "address": strconv.Quote(n.Address)}).By("api"))
	}
	if len(out) == 0 && len(f.Server.Nodes) > 0 {
		out = append(out, probe.Say("nodes-online", "GET /cluster/nodes: {{.n}} nodes, all online", map[string]any{"n": len(f.Server.Nodes)}).By("api"))
	}
	return out
}

// nodeOffline reads what GET /cluster/nodes says of the other nodes. It supports
// the finding that says what came of it in this run, where there is one.
func nodeOffline(f *facts) *finding {
	offline := f.offline()
	if len(offline) == 0 {
		return nil
	}
	var names []string
	for _, n := range offline {
		names = append(names, strconv.FormatUint(n.ID, 10))
	}
	found := &finding{Evidence: f.nodeEvidence(), Args: map[string]string{
		"node": join(names), "n": strconv.Itoa(len(offline)), "total": strconv.Itoa(len(f.Server.Nodes)), "majority": yes(!f.noMajority()),
	}}
	found.Fix.Commands = []string{f.get("-s", "/cluster/nodes")}
	return found
}
