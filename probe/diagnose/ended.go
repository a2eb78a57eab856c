package diagnose

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// apiDown says whether the API's address is one where no server runs now: it
// refuses or drops connections, or a gateway finds nothing behind it. A name that
// does not resolve, and packets that are lost on the way, say nothing of the server.
func (f *facts) apiDown() bool {
	fault := apiFault(f)
	if fault == nil || f.apiSpeaks() != "" || f.tokenRequestLost() {
		return false
	}
	variant := unreachableVariant(fault.Kind)
	return fault.Status == 0 && (variant == "refused" || variant == "dropped") || isGateway(fault)
}

// endLine gives the last line of the server's log that says why its process ended,
// nil where there is none: of this run where the server went away in it, of
// whenever where none runs now. A TLS greeting that ended it is WK308's.
func (f *facts) endLine() *probe.LogLine {
	if f.Log == nil || f.gone() == nil && !f.apiDown() {
		return nil
	}
	for i := range slices.Backward(f.Log.Entries) {
		l := &f.Log.Entries[i]
		kind := serverlog.Kind(l.Kind)
		if l.Before && f.gone() != nil || kind == serverlog.KindTLSPanic || strings.Contains(l.Text, "readClientHello") {
			continue
		}
		if kind.Panic() || kind.Start() {
			return l
		}
	}
	return nil
}

// serverEnded: nothing answers, and the server's log holds the line with which a
// process ended. Whether that was the last one, only the log's end can tell.
func serverEnded(f *facts) *finding {
	l := f.endLine()
	if l == nil {
		return nil
	}
	variant := endVariant(l)
	args := map[string]string{"variant": variant, "api": f.Target.API, "source": f.Log.Source, "during": yes(f.gone() != nil), "address": boundAddress(l.Text)}
	return &finding{
		Args:     args,
		Evidence: []probe.Evidence{{Source: "server-log", Text: spaced(l.Text)}},
		Fix:      probe.Fix{Commands: endCommands(variant)},
	}
}

// endVariant reads from a line what ended the server, as far as there is more to say of it than
// the line itself. The words are those of Go's net and crypto/tls, which every
// release panics with (v1.2.6 and v2.2.5 internal/server, pkg/wknet).
func endVariant(l *probe.LogLine) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(l.Text, w) })
	}
	switch kind := serverlog.Kind(l.Kind); {
	case kind == serverlog.KindConfigUnreadable:
		return "config"
	case kind == serverlog.KindSlotNotReady:
		return "slots"
	case kind == serverlog.KindClientKeyPanic, kind == serverlog.KindManagerTokenPanic:
		return "login"
	case has("address already in use", "Only one usage of each socket address"):
		return "in-use"
	case has("cannot assign requested address", "can't assign requested address", "requested address is not valid"):
		return "not-local"
	case has("bind: permission denied"):
		return "forbidden"
	case has("PEM data", "tls: private key", "tls: failed to parse") || has(".pem", ".crt", ".key") && has("no such file", "permission denied"):
		return "certificate"
	}
	return "panic"
}

// boundAddress gives the address of a line such as "listen tcp 192.0.2.1:5100:
// bind: …", "" where it names none.
func boundAddress(line string) string {
	_, rest, ok := strings.Cut(line, "listen tcp")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, "46 ")
	address, _, _ := strings.Cut(rest, ": ")
	if strings.ContainsAny(address, " \t") || len(address) > 60 {
		return ""
	}
	return address
}

func endCommands(variant string) []string {
	switch variant {
	case "in-use":
		return []string{"ss -ltnp", "docker ps --format '{{.Names}} {{.Ports}}'"}
	case "not-local":
		return []string{"addr: \"tcp://0.0.0.0:5100\"   # wk.yaml\nwsAddr: \"ws://0.0.0.0:5200\"\nhttpAddr: \"0.0.0.0:5001\""}
	}
	return []string{"docker logs --tail 50 wukongim"}
}

// behindEnd lists the settings that may have ended a server.
func behindEnd(_ *facts, args map[string]string) []string {
	switch args["variant"] {
	case "in-use", "not-local", "forbidden":
		return []string{"addr", "wsAddr", "wssAddr", "httpAddr"}
	case "certificate":
		return []string{"wssConfig."}
	case "slots":
		return []string{"cluster."}
	case "login":
		return nil
	}
	return []string{"addr", "wsAddr", "wssAddr", "httpAddr", "wssConfig.", "cluster."} // and a whole file that does not parse
}

// down is an error that says why no server runs now: what cannot be reached
// follows from it.
func down(f *facts, found *finding) bool {
	return found.Severity == probe.SeverityError && (f.apiDown() || f.gone() != nil)
}

// downRoots are the findings that say so from the server's log.
func downRoots() []root {
	return []root{{code: codeTLSCrash, when: down}, {code: codeEnded, when: down}}
}
