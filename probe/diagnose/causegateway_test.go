package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// posted is a fault of POST /user/token.
func posted(kind probe.FaultKind, status int, body string) probe.Fault {
	return probe.Fault{
		Phase: probe.PhaseRequest, Kind: kind, Method: "POST", Address: "http://im.example.com:5001/user/token", Status: status, Body: body, Server: "nginx/1.22.1",
	}
}

func redirect(to string) probe.Fault {
	f := request(probe.FaultStatus, 301, "")
	f.Method, f.Address, f.Location = "GET", "http://im.example.com:5001/route", to
	return f
}

func page400(body string) probe.Fault {
	f := request(probe.FaultStatus, 400, "")
	f.Body = body
	return f
}

func slowed(limits ...probe.RateLimit) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) { d.Limits = limits }
}

// unanswered makes the last pairing one that could not be tested.
func untestedFor(r probe.Result) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) { d.Pairings[len(d.Pairings)-1].Result = r }
}

// gatewayRows are WK210 and WK211.
func gatewayRows() []causeRow {
	register, ws := probe.CheckRegister, probe.CheckWS
	api429 := probe.RateLimit{Where: probe.LimitedAPI, Status: 429, Server: "nginx/1.22.1", RetryAfterMS: 2000, Times: 12}
	ws503 := probe.RateLimit{Where: probe.LimitedWS, Status: 503, Server: "nginx/1.22.1", Times: 7, GaveUp: true}
	f503 := upgrade(503, "")
	turned := probe.Result{Observed: probe.Unreachable, Fault: &f503, Attempts: 3}
	return []causeRow{
		{code: "WK210", name: "slowed down", variant: "api", d: table(slowed(api429))},
		{code: "WK210", name: "not all upgrades passed", variant: "ws", d: table(slowed(ws503), untestedFor(turned))},
		{code: "WK210", name: "both", variant: "both", d: table(slowed(api429, ws503), untestedFor(turned))},
		{code: "WK210", name: "register, in a report without limits", variant: "api", d: table(failed(register, posted(probe.FaultStatus, 429, ""), ""))},
		{code: "WK210", name: "a gateway without a server", absent: true, d: table(slowed(ws503), failed(ws, f503, ""))},
		{code: "WK210", name: "none", absent: true, d: table()},
		{code: "WK401", name: "a rate limit", absent: true, d: table(failed(ws, upgrade(429, ""), ""))},
		{code: "WK401", name: "503 from the first dial on", variant: "gateway", d: table(slowed(ws503), failed(ws, f503, ""))},
		{code: "WK211", name: "403", d: table(failed(register, posted(probe.FaultStatus, 403, "<html>403 Forbidden</html>"), ""))},
		{code: "WK211", name: "405", d: table(failed(register, posted(probe.FaultStatus, 405, ""), ""))},
		{code: "WK211", name: "404 with a page", d: table(failed(register, posted(probe.FaultStatus, 404, "<html>404</html>"), ""))},
		{code: "WK211", name: "404 without", absent: true, d: table(failed(register, posted(probe.FaultStatus, 404, "404 page not found"), ""))},
		{code: "WK211", name: "/route itself", absent: true, d: table(failed(probe.CheckAPI, request(probe.FaultStatus, 403, ""), ""))},
	}
}

// TestBetterAPI: where the answer tells which address to give instead, the fix is
// a command with that address.
func TestBetterAPI(t *testing.T) {
	t.Parallel()
	secure := func(d *probe.Diagnosis) { d.Target.API = "https://im.example.com:5001" }
	for name, tc := range map[string]struct {
		d    *probe.Diagnosis
		want string // in the commands
	}{
		"redirect":                {table(failed(probe.CheckAPI, redirect("https://im.example.com/route"), "")), "--api https://im.example.com"},
		"redirect with a prefix":  {table(failed(probe.CheckAPI, redirect("https://im.example.com:8443/im/route/"), "")), "--api https://im.example.com:8443/im"},
		"redirect with secrets":   {table(failed(probe.CheckAPI, redirect("https://u:p@im.example.com/route?k=v"), "")), "--api https://im.example.com"},
		"redirect to the root":    {table(failed(probe.CheckAPI, redirect("https://other.example.com/"), "")), "--api https://other.example.com"},
		"redirect of a path":      {table(failed(probe.CheckAPI, redirect("/im/route"), "")), "--api http://im.example.com:5001/im"},
		"redirect to a login":     {table(failed(probe.CheckAPI, redirect("https://sso.example.com/login"), "")), "curl -i http://im.example.com:5001/route"},
		"redirect in a circle":    {table(failed(probe.CheckAPI, redirect("http://im.example.com:5001/route"), "")), "curl -i http://im.example.com:5001/route"},
		"redirect of POST":        {table(failed(probe.CheckRegister, probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultStatus, Method: "POST", Address: "http://im.example.com:5001/user/token", Status: 307, Location: "https://im.example.com/user/token"}, "")), "--api https://im.example.com"},
		"http to https":           {table(failed(probe.CheckAPI, page400("The plain HTTP request was sent to HTTPS port"), "")), "--api https://im.example.com:5001"},
		"http to https, Go":       {table(failed(probe.CheckAPI, page400("Client sent an HTTP request to an HTTPS server."), "")), "--api https://im.example.com:5001"},
		"http to https, by ports": {table(failed(probe.CheckAPI, request(probe.FaultEOF, 0, ""), probe.SpeaksTLS)), "--api https://im.example.com:5001"},
		"https to http":           {table(secure, failed(probe.CheckAPI, probe.Fault{Phase: probe.PhaseTLS, Kind: probe.FaultNotTLS}, "")), "--api http://im.example.com:5001"},
		"WebSocket port":          {table(func(d *probe.Diagnosis) { d.Target.API = "http://im.example.com:5200" }, failed(probe.CheckAPI, request(probe.FaultUpgraded, 101, ""), "")), "--api http://im.example.com:5001"},
		"with a manager token":    {table(withManager, failed(probe.CheckAPI, redirect("https://im.example.com/route"), "")), "--api https://im.example.com --manager-token-file FILE"},
	} {
		Explain(tc.d)
		found := tc.d.Finding("WK202")
		if found == nil {
			t.Errorf("%s: no WK202, only %v", name, codesIn(tc.d))
			continue
		}
		if !slices.ContainsFunc(found.Fix.Commands, func(c string) bool { return strings.HasSuffix(c, tc.want) }) {
			t.Errorf("%s: %q does not end in %q", name, found.Fix.Commands, tc.want)
		}
		if strings.Contains(found.Args["location"], "u:p") || strings.Contains(found.Args["location"], "k=v") {
			t.Errorf("%s: secrets in %q", name, found.Args["location"])
		}
	}
}
