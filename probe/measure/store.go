package measure

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// storeLimit is how many rows the server may look at. It finds every row of a
// uid once for each of its database shards (8 unless configured), sorts, cuts to
// the limit and only then drops the doubles (v2.2.5 pkg/wkdb/device.go:226): with
// its own limit of 20, a user with four flags is shown three of them. This is
// enough for 256 flags on 16 shards.
const storeLimit = 4096

// Stored reads the tokens that the server has stored for a user: GET
// /cluster/devices, in v2.0.1 to v2.2.5 only. ok is false where the server has
// no such page. It changes nothing. A cleared token is an empty one.
func (a *API) Stored(ctx context.Context, uid string) (rows []probe.StoredToken, ok bool, err error) {
	path := "/cluster/devices?uid=" + url.QueryEscape(uid) + "&limit=" + strconv.Itoa(storeLimit)
	ans, err := a.Get(ctx, path)
	if err != nil {
		return nil, false, err
	}
	if ans.Status == http.StatusNotFound {
		return nil, false, nil
	}
	if err := a.wanted("/cluster/devices", ans); err != nil {
		return nil, false, err
	}
	var body struct {
		Data *[]struct {
			UID         string           `json:"uid"`
			Token       string           `json:"token"`
			DeviceFlag  wire.DeviceFlag  `json:"device_flag"`
			DeviceLevel wire.DeviceLevel `json:"device_level"`
			UpdatedAt   int64            `json:"updated_at"` // Unix seconds or nanoseconds, by version
		} `json:"data"`
	}
	// A user without rows has an empty list: without any list nothing is known.
	if err := json.Unmarshal(ans.Body, &body); err != nil || body.Data == nil {
		return nil, false, a.unexpected("/cluster/devices", ans, "expected JSON with data")
	}
	data := *body.Data
	vault := cmp.Or(a.Vault, &secret.Vault{})
	sort.SliceStable(data, func(i, j int) bool { return data[i].DeviceFlag < data[j].DeviceFlag })
	for _, d := range data {
		double := len(rows) > 0 && rows[len(rows)-1].DeviceFlag == d.DeviceFlag
		if d.UID != uid || double {
			continue
		}
		t := probe.StoredToken{DeviceFlag: d.DeviceFlag, DeviceLevel: d.DeviceLevel, Token: vault.User(d.Token)}
		if at := unixTime(d.UpdatedAt); !at.IsZero() {
			t.UpdatedAt = &at
		}
		rows = append(rows, t)
	}
	return rows, true, nil
}

// unixTime reads seconds, milliseconds or nanoseconds, told apart by size.
func unixTime(n int64) time.Time {
	switch {
	case n <= 0:
		return time.Time{}
	case n < 1e11:
		return time.Unix(n, 0).UTC()
	case n < 1e14:
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// readStore asks the server what it has stored for the users of the pairings
// that were not let in: better proof than that we registered it ourselves.
func (r *run) readStore(ctx context.Context) {
	if r.layout == nil || ctx.Err() != nil || !r.mayHaveStore() {
		return
	}
	var g errgroup.Group
	g.SetLimit(apiParallel)
	for _, s := range r.layout.pairings {
		if accepted, known := s.result.LetIn(); accepted || !known {
			continue
		}
		g.Go(func() error {
			rows, ok, err := r.p.API.Stored(ctx, s.uid)
			if ok && err == nil {
				s.expect, s.expectSource = compare(rows, s), probe.FromStore
			}
			return nil
		})
	}
	_ = g.Wait()
}

func (r *run) mayHaveStore() bool {
	return slices.ContainsFunc(possible(r.clues), probe.Generation.HasDeviceStore)
}

func compare(rows []probe.StoredToken, s *trial) probe.ExpectToken {
	for _, row := range rows {
		if row.DeviceFlag != s.flag {
			continue
		}
		switch {
		case row.Token.Empty():
			return probe.TokenEmpty
		case row.Token.Equal(s.send):
			return probe.TokenMatch
		}
		return probe.TokenOther
	}
	return probe.TokenEmpty
}

// cleanup clears the test users' tokens, unless they are to stay. Another try
// replaces what the first one said.
func (r *run) cleanup(ctx context.Context) {
	left := len(r.ledger.left())
	if left == 0 {
		return
	}
	if r.plan.Keep {
		r.check(probe.Check{ID: probe.CheckCleanup, Outcome: probe.OutcomeSkip, Text: "kept as asked"})
		return
	}
	r.progress("cleanup", 0, left)
	start := time.Now()
	cleared, err := r.ledger.Clear(ctx)
	c := probe.Check{ID: probe.CheckCleanup, Outcome: probe.OutcomePass, ElapsedMS: millis(time.Since(start)), Count: cleared}
	c.Text = "POST /user/device_quit 200, tokens cleared"
	if err != nil {
		c.Outcome, c.Fault, c.Text = probe.OutcomeWarn, faultOf(err), ""
	}
	if before := r.d.Check(probe.CheckCleanup); before != nil {
		c.Count += before.Count
		c.ElapsedMS += before.ElapsedMS
		*before = c
		return
	}
	r.check(c)
}
