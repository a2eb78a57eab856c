package measure

import (
	"context"
	"slices"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// UserPlan names an existing user whose login is to be diagnosed.
type UserPlan struct {
	UID        string
	Token      secret.Token      // what the client presents; empty = it presents none
	Flag       wire.DeviceFlag   // what the client connects with
	SweepFlags []wire.DeviceFlag // other flags to try where the store cannot be read; nil = none
	Sweep      bool              // try them even while the user is online elsewhere
	Force      bool              // connect even where that could kick a live client
	Hold       time.Duration     // how long an accepted connection is watched
}

// userRun is the diagnosis of an existing user. It writes nothing to the
// server: its HTTP requests are GETs and the query /user/onlinestatus.
type userRun struct {
	*run
	plan UserPlan
	user *probe.User
	main probe.Pairing
}

// DiagnoseUser finds out why an existing user cannot log in, or that it can. It
// always returns a Diagnosis: what goes wrong is in it.
func (p *Prober) DiagnoseUser(ctx context.Context, plan UserPlan) *probe.Diagnosis {
	r, finish := p.begin(ctx, probe.ModeUser)
	defer finish()
	u := &userRun{run: r, plan: plan, user: &probe.User{
		UID: plan.UID, Token: plan.Token.String(), ConnectFlag: plan.Flag,
		TokenIsManager: !plan.Token.Empty() && plan.Token.Equal(p.API.ManagerToken),
	}}
	r.d.User = u.user
	u.main = probe.Pairing{
		ID: probe.NewPairingID(plan.Flag, plan.Flag), TokenFlag: plan.Flag, ConnectFlag: plan.Flag, SDK: p.SDK.ID, UID: plan.UID,
		Token: plan.Token.String(), Result: probe.Result{Observed: probe.NotRun}, Verdict: probe.OutcomeUnknown, ExpectToken: probe.TokenUnknown,
	}
	u.measure(ctx)
	r.d.Complete = ctx.Err() == nil
	r.dropped = r.open.droppedTogether()
	r.checkHealth(ctx)
	u.conclude()
	return r.d
}

func (u *userRun) measure(ctx context.Context) {
	api := u.askAPI(ctx)
	if api {
		u.readRows(ctx)
		u.readOnline(ctx)
	} else {
		u.tokenAsManager(ctx)
	}
	if !api && u.p.WS == "" {
		u.skip(probe.CheckAPI, probe.CheckWS, probe.CheckUnknownUser)
		return
	}
	if !u.control(ctx) {
		u.skip(probe.CheckWS, probe.CheckUnknownUser)
		if h := u.d.Health; u.layout != nil && (h == nil || h.Gone == "") {
			u.checkAddresses(ctx, u.login(u.layout.unknown))
		}
		return
	}
	u.check(control(probe.CheckUnknownUser, &u.layout.unknown.result, false))
	u.checkAddresses(ctx, u.login(u.layout.unknown))
	if mute(&u.layout.unknown.result) {
		return // the user's own login would wait as long and prove nothing
	}
	u.connect(ctx)
	u.sweep(ctx)
}

// readRows reads what the server has stored for the user, where it shows it.
func (u *userRun) readRows(ctx context.Context) {
	c := probe.Check{ID: probe.CheckStore, Outcome: probe.OutcomeSkip, Text: "GET /cluster/devices 404"}
	start := time.Now()
	rows, ok, err := u.p.API.Stored(ctx, u.plan.UID)
	c.ElapsedMS = millis(time.Since(start))
	if err != nil {
		c.Outcome, c.Fault, c.Text = probe.OutcomeUnknown, faultOf(err), ""
	}
	if ok && err == nil {
		c.Outcome, c.Text, c.Count = probe.OutcomePass, "GET /cluster/devices 200", len(rows)
		u.user.StoreKnown = true
		for _, row := range rows {
			state := probe.StoredState{DeviceFlag: row.DeviceFlag, DeviceLevel: row.DeviceLevel, UpdatedAt: row.UpdatedAt, State: u.stateOf(row)}
			if state.State == probe.TokenOther {
				d := differ(u.plan.Token.Reveal(), row.Token.Reveal())
				state.Differs, state.SentExtra, state.StoredExtra = d.defect, d.sent, d.stored
			}
			u.user.Stored = append(u.user.Stored, state)
		}
		u.fromRows()
		if len(rows) == 0 {
			u.user.SimilarUID = u.similar(ctx)
		}
	}
	u.check(c)
}

func (u *userRun) stateOf(row probe.StoredToken) probe.ExpectToken {
	switch {
	case row.Token.Empty():
		return probe.TokenEmpty
	case row.Token.Equal(u.plan.Token):
		return probe.TokenMatch
	}
	return probe.TokenOther
}

// fromRows fills in what is expected of the pairing from the stored rows.
func (u *userRun) fromRows() {
	u.main.ExpectToken, u.main.ExpectTokenSource = probe.TokenEmpty, probe.FromStore
	for _, row := range u.user.Stored {
		if row.DeviceFlag == u.plan.Flag {
			u.main.ExpectToken = row.State
		} else if row.State == probe.TokenMatch && u.main.TokenFlag == u.plan.Flag && !u.matches(u.plan.Flag) {
			u.foundUnder(row.DeviceFlag)
		}
	}
}

func (u *userRun) matches(flag wire.DeviceFlag) bool {
	return slices.ContainsFunc(u.user.Stored, func(s probe.StoredState) bool { return s.DeviceFlag == flag && s.State == probe.TokenMatch })
}

// foundUnder says under which flag the token turned out to be stored.
func (u *userRun) foundUnder(flag wire.DeviceFlag) {
	u.main.TokenFlag = flag
	u.main.ID = probe.NewPairingID(flag, u.plan.Flag)
}

// readOnline asks which connections the user has now.
func (u *userRun) readOnline(ctx context.Context) {
	start := time.Now()
	list, err := u.p.API.Online(ctx, u.plan.UID)
	c := probe.Check{ID: probe.CheckOnline, Outcome: probe.OutcomePass, Text: "POST /user/onlinestatus 200", ElapsedMS: millis(time.Since(start))}
	if err != nil {
		c.Outcome, c.Fault, c.Text = probe.OutcomeUnknown, faultOf(err), ""
		u.check(c)
		return
	}
	u.user.OnlineKnown = true
	for _, o := range list {
		if o.UID == u.plan.UID && o.Online == 1 {
			u.user.Online = append(u.user.Online, o)
		}
	}
	c.Count = len(u.user.Online)
	if slices.ContainsFunc(u.user.Online, func(o probe.Online) bool { return o.DeviceFlag == u.plan.Flag }) {
		u.user.OnlineMaster = u.p.API.masterOnline(ctx, u.plan.UID, u.plan.Flag)
	}
	if u.wouldKick(u.plan.Flag) {
		c.Outcome = probe.OutcomeWarn
	}
	u.check(c)
}

// wouldKick says whether a login under flag could end a live connection: the
// user is online on that flag, and not known to be a slave there. A slave with
// a device id of its own disturbs nobody (all releases).
func (u *userRun) wouldKick(flag wire.DeviceFlag) bool {
	online := slices.ContainsFunc(u.user.Online, func(o probe.Online) bool { return o.DeviceFlag == flag })
	slave := slices.ContainsFunc(u.user.Stored, func(s probe.StoredState) bool { return s.DeviceFlag == flag && s.DeviceLevel == wire.LevelSlave })
	return online && !slave
}

// tokenAsManager finds out whether the user's token is in truth the manager
// token: the API refuses us, and would let us in with it.
func (u *userRun) tokenAsManager(ctx context.Context) {
	c := u.d.Check(probe.CheckAPI)
	if c.Fault == nil || c.Fault.Status != 401 || u.plan.Token.Empty() {
		return
	}
	as := *u.p.API
	as.ManagerToken = u.plan.Token
	if _, err := as.Route(ctx); err == nil {
		u.user.TokenIsManager = true
	}
}

// control connects as a user that does not exist: it shows whether the server
// is reached and checks tokens, and leaves nothing behind.
func (u *userRun) control(ctx context.Context) bool {
	uid, errUID := u.p.NewUID()
	token, errToken := u.p.NewToken()
	if errUID != nil || errToken != nil {
		return false
	}
	u.layout = &layout{unknown: &trial{uid: uid + "-never", send: token, flag: u.plan.Flag, result: probe.Result{Observed: probe.NotRun}}}
	if !u.greet(ctx, u.login(u.layout.unknown)) {
		return false
	}
	u.reached = u.openWS(ctx, u.layout.unknown, patience{silence: u.unmeasured(), limit: answerLimit})
	return u.reached
}

// unmeasured is the wait before a PING where no right token could be tried
// first: nothing may be registered in this mode. Releases with /tags (v2.1.1
// and later) answer within milliseconds; v2.0.8 to v2.0.10 take up to 0.6 s.
func (u *userRun) unmeasured() time.Duration {
	if slices.ContainsFunc(u.clues, func(c clue) bool { return c.fast }) {
		return 2 * minSilence
	}
	return unknownSpeed
}

// connect makes the user's own connection, once, and again with more patience
// where its refusal would be strange.
func (u *userRun) connect(ctx context.Context) {
	if u.wouldKick(u.plan.Flag) && u.main.ExpectToken != probe.TokenEmpty && u.main.ExpectToken != probe.TokenOther && !u.plan.Force {
		u.user.HeldBack = true
		return
	}
	before := u.onlineNow(ctx)
	u.progress("user", 0, 0)
	in := login{address: u.d.Target.WS, uid: u.plan.UID, token: u.plan.Token, flag: u.plan.Flag, as: u.imitated}
	pat := patience{silence: u.unmeasured(), limit: answerLimit, hold: u.plan.Hold}
	u.main.Result, _ = u.try(ctx, in, pat, probe.Result{})
	strange := u.main.ExpectToken == probe.TokenMatch || u.main.ExpectToken == probe.TokenUnknown
	if u.main.Proof == probe.ProofPingClose && strange && sleep(ctx, backoff) {
		pat.silence = maxSilence
		u.main.Result, _ = u.try(ctx, in, pat, u.main.Result)
	}
	if u.main.Observed == probe.Accepted && before > 0 {
		after := u.onlineNow(ctx)
		u.user.Kicked = after > 0 && after <= before
	}
}

// onlineNow counts the live connections that our login could take the place of:
// those on the client's flag, unless the user is known to be a slave there, who
// with a device id of its own disturbs nobody (all releases). A connection that
// ended by itself a moment ago is still listed for a while, so it is asked right
// before and right behind the login; 0 where it is not known.
func (u *userRun) onlineNow(ctx context.Context) (n int) {
	if !u.user.OnlineKnown || !u.wouldKick(u.plan.Flag) {
		return 0
	}
	list, err := u.p.API.Online(ctx, u.plan.UID)
	if err != nil {
		return 0
	}
	for _, o := range list {
		if o.UID == u.plan.UID && o.DeviceFlag == u.plan.Flag && o.Online == 1 {
			n++
		}
	}
	return n
}

// sweep tries the same token on other flags, one after the other, where the
// server does not show what it has stored. Without being asked it does so only
// while the user is not online at all: then it cannot disturb anybody.
func (u *userRun) sweep(ctx context.Context) {
	accepted, known := u.main.Result.LetIn()
	offline := u.user.OnlineKnown && len(u.user.Online) == 0
	if u.user.StoreKnown || accepted || !known || u.main.ReasonCode == wire.ReasonBan || u.plan.Token.Empty() || !u.plan.Sweep && !offline {
		return
	}
	for _, meant := range tidy(u.plan.Token.Reveal()) {
		if u.tryOn(ctx, u.p.Vault.User(meant.token), u.plan.Flag, meant) {
			u.main.ExpectToken, u.main.ExpectTokenSource = probe.TokenOther, probe.FromInference
			return
		}
	}
	for _, flag := range u.plan.SweepFlags {
		if flag != u.plan.Flag && u.tryOn(ctx, u.plan.Token, flag, tidied{}) {
			u.foundUnder(flag)
			u.main.ExpectToken, u.main.ExpectTokenSource = probe.TokenEmpty, probe.FromInference
			return
		}
	}
}

// tryOn makes one login of the sweep and says whether it was accepted; meant says
// how the token was tidied up for it.
func (u *userRun) tryOn(ctx context.Context, token secret.Token, flag wire.DeviceFlag, meant tidied) bool {
	if u.wouldKick(flag) && !u.plan.Force || !sleep(ctx, backoff) {
		return false
	}
	u.progress("sweep", 0, 0)
	in := login{address: u.d.Target.WS, uid: u.plan.UID, token: token, flag: flag}
	res, _ := u.try(ctx, in, patience{silence: u.unmeasured(), limit: answerLimit}, probe.Result{})
	u.user.Sweep = append(u.user.Sweep, probe.SweepResult{ConnectFlag: flag, Changed: meant.defect, Extra: meant.extra, Result: res})
	return res.Observed == probe.Accepted
}

// conclude writes the pairing down and weighs the evidence on the server.
func (u *userRun) conclude() {
	u.d.Pairings = []probe.Pairing{u.main}
	clues := u.clues
	if u.layout != nil {
		res := &u.layout.unknown.result
		if accepted, known := res.LetIn(); known {
			u.d.Server.TokenAuth = probe.AuthOn
			if accepted {
				u.d.Server.TokenAuth = probe.AuthOff
			}
		}
		clues = append(clues, u.wireClues(&u.main.Result, res)...)
		u.d.Server.Protocol = int(max(res.ServerVersion, u.main.ServerVersion))
	}
	u.d.Server.Generation, u.d.Server.Evidence = conclude(clues)
}
