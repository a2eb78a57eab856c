package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wkctl/wkctl"

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Imports    []string // without those of its tests
	Deps       []string // imports of imports included
}

// packages lists the packages of the module.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"/...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// ban forbids the packages at and below from to import to and what is below it.
// Paths that begin with "/" are this module's own. deep also looks at imports of
// imports.
type ban struct {
	from, to string
	deep     bool
	only     bool     // about from alone, not about what is below it
	spare    []string // may import it
	allow    []string // may be imported, although it is below to
	exact    []string // the same, without what is below them
	reason   string
}

func bans() []ban {
	const (
		codec   = "github.com/WuKongIM/WuKongIMGoProto"
		saved   = "a saved diagnosis must explain and render the same anywhere, so there is no I/O"
		pure    = "the codec is pure: bytes in, frames out"
		program = "a package must not know the program around it"
	)
	self := []string{"/probe/diagnose"}
	list := []ban{
		{from: "/probe", to: "/report", deep: true, reason: "measuring must not depend on how it is shown"},
		{from: "/probe", to: "/probe/diagnose", deep: true, spare: self, allow: nil, reason: "facts are measured without knowing what they will be taken for"},
		{from: "/probe", to: "/cmd", deep: true, reason: program},
		{from: "/report", to: "/cmd", deep: true, reason: program},
		{from: "/report", to: "/probe/measure", deep: true, reason: saved},
		{from: "/probe/diagnose", to: "/probe/measure", deep: true, reason: saved},
		{from: "/probe/measure", to: "/probe/logwatch", reason: "a run does not know whether the server's log is followed"},
		{from: "/probe/measure", to: "/probe/casebook", reason: "a scenario is played on the whole program"},
		{from: "/probe/logwatch", to: "", only: true, exact: []string{"/probe"}, allow: []string{"/probe/serverlog", "/probe/wire", "/probe/secret", "/probe/input"},
			reason: "following a log knows neither how a run is made nor how it is shown"},
		{from: "/probe/casebook", to: "", only: true, exact: []string{"/probe"}, allow: []string{"/probe/sandbox", "/probe/nesting"},
			reason: "a scenario is a stand-in, a command handed in, and the findings that it saved"},
		{from: "/probe/input", to: "", allow: []string{"/probe/input"}, reason: "reading what a person named stands alone"},
		{from: "/probe/foreign", to: "", allow: []string{"/probe/foreign"}, reason: "what may be shown of a foreign text stands alone"},
		{from: "/report", to: "/probe/diagnose", reason: "findings are explained before they are rendered"},
		{from: "/report", to: "/probe/sandbox", reason: "rendering needs no server"},
		{from: "/report", to: "os", reason: saved},
		{from: "/report", to: "context", reason: saved},
		{from: "/probe/diagnose", to: "os", reason: saved},
		{from: "/probe/diagnose", to: "context", reason: saved},
		{from: "/probe/diagnose", to: "/probe/sandbox", deep: true, reason: "explaining needs no server"},
		{from: "/probe/wire", to: "net", reason: pure},
		{from: "/probe/wire", to: "os", reason: pure},
		{from: "/probe/wire", to: "context", reason: pure},
		{from: "/probe/wire", to: "", allow: []string{"/probe/wire"}, reason: "the codec stands alone"},
		{from: "/probe/sandbox", to: "/probe", deep: true, allow: []string{"/probe/sandbox"}, reason: "a stand-in that shared code with the client would share its mistakes"},
		{from: "", to: "/probe/memnet", spare: []string{"/probe/memnet"}, reason: "the network in memory is for tests"},
		{from: "", to: codec, spare: []string{"/probe/sandbox"}, reason: "the official codec panics on malformed input: only the stand-in and tests may read with it"},
	}
	for _, leaf := range []string{"/probe", "/probe/diagnose", "/report"} {
		for _, io := range []string{"net/http", "crypto/tls", "os/exec", "github.com/coder/websocket"} {
			list = append(list, ban{from: leaf, to: io, deep: true, only: leaf == "/probe", reason: saved})
		}
	}
	return list
}

// below says whether p is root or under it.
func below(p, root string) bool {
	if root == "" || strings.HasPrefix(root, "/") {
		root = module + root
	}
	return p == root || strings.HasPrefix(p, root+"/")
}

func anyBelow(p string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return below(p, root) })
}

// broken lists the imports of p that b forbids; applies is false where b is not
// about p.
func (b ban) broken(p listed) (imports []string, applies bool) {
	if !below(p.ImportPath, b.from) || b.only && p.ImportPath != module+b.from || anyBelow(p.ImportPath, b.spare) {
		return nil, false
	}
	all := p.Imports
	if b.deep {
		all = p.Deps
	}
	for _, i := range all {
		if below(i, b.to) && !anyBelow(i, b.allow) && !slices.Contains(b.exact, strings.TrimPrefix(i, module)) {
			imports = append(imports, i)
		}
	}
	return imports, true
}

// TestImports holds the parts of wkctl apart.
func TestImports(t *testing.T) {
	t.Parallel()
	list := packages(t)
	if len(list) < 8 {
		t.Fatalf("go list found %d packages only", len(list))
	}
	for _, b := range bans() {
		about := 0
		for _, p := range list {
			imports, applies := b.broken(p)
			if applies {
				about++
			}
			for _, i := range imports {
				t.Errorf("%s imports %s: %s", p.ImportPath, i, b.reason)
			}
		}
		if about == 0 {
			t.Errorf("the ban of %q on %q is about no package", b.to, b.from)
		}
	}
}

// TestBans shows that the rules bite.
func TestBans(t *testing.T) {
	t.Parallel()
	broken := func(p listed) (n int) {
		for _, b := range bans() {
			imports, _ := b.broken(p)
			n += len(imports)
		}
		return n
	}
	for _, p := range []listed{
		{ImportPath: module + "/probe", Deps: []string{module + "/report/text"}},
		{ImportPath: module + "/probe/sdk", Deps: []string{module + "/probe/diagnose"}},
		{ImportPath: module + "/probe/wire", Imports: []string{"net"}},
		{ImportPath: module + "/probe/wire", Imports: []string{module + "/probe/secret"}},
		{ImportPath: module + "/probe", Deps: []string{"net/http"}},
		{ImportPath: module + "/probe/diagnose", Deps: []string{"crypto/tls"}},
		{ImportPath: module + "/report", Imports: []string{"os"}},
		{ImportPath: module + "/report/page", Deps: []string{"os/exec"}},
		{ImportPath: module + "/probe/sandbox", Deps: []string{module + "/probe/wire"}},
		{ImportPath: module + "/probe/logwatch", Imports: []string{module + "/probe/sdk"}},
		{ImportPath: module + "/probe/casebook", Imports: []string{module + "/probe/serverconf"}},
		{ImportPath: module + "/probe/input", Imports: []string{module + "/probe"}},
		{ImportPath: module + "/probe/foreign", Imports: []string{module + "/probe/secret"}},
		{ImportPath: module + "/cmd/wkctl", Imports: []string{"github.com/WuKongIM/WuKongIMGoProto"}},
		{ImportPath: module + "/probe/sdk", Imports: []string{module + "/probe/memnet"}},
	} {
		if n := broken(p); n != 1 {
			t.Errorf("%+v breaks %d rules, want 1", p, n)
		}
	}
	for _, p := range []listed{
		{ImportPath: module + "/probe/measure", Deps: []string{"net/http", "crypto/tls", module + "/probe"}},
		{ImportPath: module + "/probe/logwatch", Imports: []string{"os/exec", module + "/probe", module + "/probe/serverlog"}},
		{ImportPath: module + "/probe/casebook", Imports: []string{module + "/probe", module + "/probe/sandbox"}},
		{ImportPath: module + "/report", Imports: []string{"net/url", module + "/probe"}},
		{ImportPath: module + "/probe/diagnose", Imports: []string{"net/url", module + "/probe"}, Deps: []string{module + "/probe"}},
		{ImportPath: module + "/probe/sandbox", Imports: []string{"github.com/WuKongIM/WuKongIMGoProto", "net"}},
	} {
		if n := broken(p); n != 0 {
			t.Errorf("%+v breaks %d rules, want none", p, n)
		}
	}
}
