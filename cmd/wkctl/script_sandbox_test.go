package main

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// stage is where a transcript runs.
type stage struct {
	t       *testing.T
	net     *memnet.Network // of its bubble; nil = the machine's, with processes
	stdin   string          // of the next command
	current *sandbox.Server // the stand-in that was started last
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// cmdSandbox starts a stand-in that lives as long as its script. However the
// script ends, it must have received nothing that harms a real server.
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 1, "sandbox GEN [no-auth] [manager=TOKEN] [fault=F]... [tls=MODE] [ws=URL]")
	cfg := sandbox.Config{Generation: sandbox.Generation(args[0])}
	for _, option := range args[1:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "no-auth":
			cfg.NoTokenAuth = true
		case "manager":
			cfg.ManagerToken = value
		case "tls":
			cfg.TLS = value
		case "ws":
			cfg.Advertise.WS = value
		case "fault":
			f, err := sandbox.ParseFault(value)
			ts.Check(err)
			cfg.Faults = append(cfg.Faults, f)
		default:
			ts.Fatalf("unknown option %q", option)
		}
	}
	st := stageOf(ts)
	if st.net != nil {
		cfg.Listen, cfg.Dial = st.net.Listen, st.net.Dial
	}
	server, err := sandbox.Start(context.Background(), cfg)
	ts.Check(err)
	ts.Defer(func() {
		server.Close()
		if list := harmful(server); len(list) > 0 {
			st.t.Errorf("%s: harmful to real servers: %s", ts.Name(), strings.Join(list, "; "))
		}
	})
	ts.Setenv("API", server.APIURL())
	ts.Setenv("WS", server.WSURL())
	ts.Setenv("TCP", server.TCPAddr())
	ts.Setenv("WSS", server.WSSURL())
	ts.Setenv("WSSHOST", strings.TrimPrefix(server.WSSURL(), "wss://"))
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), server.CACert(), 0o600))
	ts.Setenv("APIHOST", strings.TrimPrefix(server.APIURL(), "http://"))
	ts.Setenv("WSHOST", strings.TrimPrefix(server.WSURL(), "ws://"))
	st.current = server
}

// harmful lists what a stand-in received that harms real servers. That CONNECT
// and PING were read together is not among it: they are 250 ms apart, and only
// a machine under load reads them so late.
func harmful(s *sandbox.Server) []string {
	return slices.DeleteFunc(s.Hazards(), func(h string) bool { return strings.HasPrefix(h, "CONNECT and PING in one write") })
}

func cmdServer(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "server WHAT WANT")
	server := stageOf(ts).current
	if server == nil {
		ts.Fatalf("no sandbox has been started")
	}
	if got := serverFact(ts, server, args[0]); got != args[1] {
		ts.Fatalf("server %s: got %s, want %s", args[0], got, args[1])
	}
}

// serverFact answers what a script asks of its stand-in:
//
//	tokens              rows whose token is not empty, as uid/flag
//	rows                how many rows there are, cleared ones included
//	connects            CONNECTs that arrived
//	overlaps            of these, attempts that ran beside another of their uid
//	POST /user/token    requests to that path
func serverFact(ts *testscript.TestScript, s *sandbox.Server, what string) string {
	switch what {
	case "tokens":
		return tokensLeft(s)
	case "rows":
		return strconv.Itoa(len(s.Tokens()))
	case "connects":
		return strconv.Itoa(len(s.Connects()))
	case "overlaps":
		n := 0
		for _, c := range s.Connects() {
			if c.Overlapped {
				n++
			}
		}
		return strconv.Itoa(n)
	}
	method, path, ok := strings.Cut(what, " ")
	if !ok {
		ts.Fatalf("unknown fact %q", what)
	}
	n := 0
	for _, r := range s.Requests() {
		if r.Method == method && r.Path == path {
			n++
		}
	}
	return strconv.Itoa(n)
}

// tokensLeft lists the rows with a token, as uid/flag; "none" where there is
// none.
func tokensLeft(s *sandbox.Server) string {
	var left []string
	for _, row := range s.Tokens() {
		if row.Token != "" {
			left = append(left, row.UID+"/"+strconv.Itoa(int(row.Flag)))
		}
	}
	if len(left) == 0 {
		return "none"
	}
	return strings.Join(left, ",")
}
