package measure

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// API calls a WuKongIM server's HTTP interface. Its errors are *Fault. Requests
// never follow a redirect: the token header would travel with it.
type API struct {
	Base         string // http://host:5001, no trailing slash
	ManagerToken secret.Token
	Client       *http.Client  // nil = http.DefaultTransport's; nothing but its Transport is used
	Timeout      time.Duration // per request; 0 = 5 s
	Vault        *secret.Vault // blanks tokens that the server echoes; nil = a vault of its own

	pulse  *pulse          // is told what leaves; nil = nobody wants to know
	polite *pacer          // shared by the requests of a run; nil = each is sent once
	waits  context.Context // ends the waiting for a turn to send; nil = the request's own
}

// maxAnswer bounds what is read of an answer, in bytes. The largest that is
// needed is /cluster/devices of one uid with 256 flags, about 60 kB.
const maxAnswer = 1 << 20

// Answer is an HTTP answer of the API.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	method string // of the request
}

// Register stores a token for (uid, flag), replacing the one that was there:
// POST /user/token. With level 1 it also kicks the client that is online on
// that flag, even when the token is unchanged (v1.0.4 to v2.2.5).
func (a *API) Register(ctx context.Context, uid string, t probe.StoredToken) error {
	return a.order(ctx, "/user/token", struct {
		UID         string           `json:"uid"`
		Token       string           `json:"token"`
		DeviceFlag  wire.DeviceFlag  `json:"device_flag"`
		DeviceLevel wire.DeviceLevel `json:"device_level"`
	}{uid, t.Token.Reveal(), t.DeviceFlag, t.DeviceLevel})
}

// Quit clears the stored token of (uid, flag) and disconnects its clients:
// POST /user/device_quit. Both fields are always sent: without a uid v2.0.1 to
// v2.0.3 crash, without a flag the server takes 0.
func (a *API) Quit(ctx context.Context, uid string, flag wire.DeviceFlag) error {
	if uid == "" {
		return &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultOther, Method: http.MethodPost, Address: a.address("/user/device_quit"), Text: "refusing to send device_quit without a uid: it crashes servers v2.0.1 to v2.0.3"}
	}
	return a.order(ctx, "/user/device_quit", struct {
		UID        string          `json:"uid"`
		DeviceFlag wire.DeviceFlag `json:"device_flag"`
	}{uid, flag})
}

// Online lists the live connections of a user; it changes nothing.
func (a *API) Online(ctx context.Context, uid string) ([]probe.Online, error) {
	ans, err := a.post(ctx, "/user/onlinestatus", []string{uid})
	if err != nil {
		return nil, err
	}
	var list []probe.Online
	if err := json.Unmarshal(ans.Body, &list); err != nil {
		return nil, a.unexpected("/user/onlinestatus", ans, "expected a list of connections")
	}
	return list, nil
}

// Route asks what the server hands to clients as its addresses.
func (a *API) Route(ctx context.Context) (*probe.Advertised, error) {
	ans, err := a.Get(ctx, "/route")
	if err != nil {
		return nil, err
	}
	return a.parseRoute(ans)
}

// parseRoute tells WuKongIM's /route from any other 200: both keys must be
// there (all 51 tagged releases; v1.0.0 to v1.0.2 name the third one wss_on).
func (a *API) parseRoute(ans *Answer) (*probe.Advertised, error) {
	if err := a.wanted("/route", ans); err != nil {
		return nil, err
	}
	var keys map[string]any
	if json.Unmarshal(ans.Body, &keys) != nil || keys["tcp_addr"] == nil || keys["ws_addr"] == nil {
		return nil, a.unexpected("/route", ans, "expected JSON with tcp_addr and ws_addr")
	}
	text := func(key string) string {
		s, _ := keys[key].(string)
		return blank(a.Vault, s, maxText) // it is dialled as it is; who shows it hides what HideURL does
	}
	return &probe.Advertised{TCP: text("tcp_addr"), WS: text("ws_addr"), WSS: text("wss_addr")}, nil
}

// Get fetches a path; any HTTP status is an answer, not an error.
func (a *API) Get(ctx context.Context, path string) (*Answer, error) {
	return a.do(ctx, call{method: http.MethodGet, path: path})
}

// order posts what changes something. Every server confirms with
// {"status":200} (all 51 tagged releases); a web page with HTTP 200 does not.
func (a *API) order(ctx context.Context, path string, body any) error {
	ans, err := a.post(ctx, path, body)
	if err != nil {
		return err
	}
	var inner struct {
		Status int `json:"status"`
	}
	if json.Unmarshal(ans.Body, &inner) != nil || inner.Status != http.StatusOK {
		return a.unexpected(path, ans, `expected {"status":200}`)
	}
	return nil
}

// post sends JSON and wants 200, without another status inside.
func (a *API) post(ctx context.Context, path string, body any) (*Answer, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultOther, Method: http.MethodPost, Address: a.address(path), Text: "encoding the request"}
	}
	ans, err := a.do(ctx, call{method: http.MethodPost, path: path, body: b})
	if err != nil {
		return nil, err
	}
	return ans, a.wanted(path, ans)
}

// wanted turns an answer that is no success into a Fault. WuKongIM says what it
// did not like as {"msg":…,"status":400}; a banned user gets HTTP 200 with
// {"status":19} (v1.0.0 to v2.2.5, except v2.0.8).
func (a *API) wanted(path string, ans *Answer) error {
	var inner struct {
		Status int    `json:"status"`
		Msg    string `json:"msg"`
		Error  string `json:"error"`
	}
	isJSON := json.Unmarshal(ans.Body, &inner) == nil
	if ans.Status == http.StatusOK && (!isJSON || inner.Status == 0 || inner.Status == http.StatusOK) {
		return nil
	}
	f := a.unexpected(path, ans, "")
	f.Kind = probe.FaultStatus
	if isJSON && inner.Msg+inner.Error != "" {
		f.Text = a.clean(inner.Msg+inner.Error, maxText)
	}
	if ans.Status == http.StatusOK {
		f.Status = inner.Status
	}
	return f
}

// unexpected describes an answer that is not WuKongIM's.
func (a *API) unexpected(path string, ans *Answer, want string) *probe.Fault {
	return &probe.Fault{
		Phase: probe.PhaseRequest, Kind: probe.FaultNotWuKongIM, Method: ans.method, Address: a.address(path), Status: ans.Status,
		Location: foreignURL(a.Vault, ans.Header.Get("Location"), maxText), Server: a.clean(ans.Header.Get("Server"), maxText),
		Body: a.clean(string(ans.Body), maxBody), Text: want, RetryAfterMS: millis(retryAfter(ans.Status, ans.Header)),
	}
}
