package serverconf

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// yamlSource is a wk.yaml made of lines.
func yamlSource(lines ...string) Source {
	return Source{Name: "wk.yaml", Data: []byte(strings.Join(lines, "\n") + "\n")}
}

func envSource(lines ...string) Source {
	return Source{Name: ".env", Data: []byte(strings.Join(lines, "\n") + "\n")}
}

// composeSource is a compose file with one server; the lines stand below the service.
func composeSource(lines ...string) Source {
	text := "services:\n  wukongim:\n    image: wukongim/wukongim:v2.2.5-20260422\n"
	for _, l := range lines {
		text += "    " + l + "\n"
	}
	return Source{Name: "docker-compose.yaml", Data: []byte(text)}
}

// nodesSource is a compose file with two nodes of one cluster, and a manager token.
func nodesSource(tag string) Source {
	text := "services:\n"
	for _, n := range []string{"1001", "1002"} {
		text += "  node" + n + ":\n    image: wukongim/wukongim:" + tag + "\n    network_mode: host\n    environment:\n" +
			"      WK_EXTERNAL_IP: 203.0.113.7\n      WK_CLUSTER_NODEID: \"" + n + "\"\n      WK_MANAGERTOKEN: hush\n"
	}
	return Source{Name: "docker-compose.yaml", Data: []byte(text)}
}

// brief lists issues as "WK701/reason".
func brief(r reading) []string {
	var out []string
	for _, i := range r.issues {
		out = append(out, i.Code+"/"+i.Args["reason"])
	}
	return out
}

func inspect(generation probe.Generation, sources ...Source) reading {
	return read(sources, Options{Generation: generation})
}

// issueOf finds the first issue of a code and fails without one.
func issueOf(t *testing.T, r reading, code string) probe.ConfigIssue {
	t.Helper()
	i := slices.IndexFunc(r.issues, func(i probe.ConfigIssue) bool { return i.Code == code })
	if i < 0 {
		t.Fatalf("expected %s among %v", code, brief(r))
	}
	return r.issues[i]
}
