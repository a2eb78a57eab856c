package measure

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wkctl/wkctl/probe"
	"golang.org/x/sync/errgroup"
)

// register stores the tokens of all trials. Where the first is refused for a
// reason that holds for every user, nobody else is asked; otherwise one user's
// failure is not the run's: in a cluster the users of one node's slots fail
// while all others work. It says whether the right-token control has its user.
func (r *run) register(ctx context.Context) bool {
	start := time.Now()
	all := append([]*trial{r.layout.right}, r.layout.others()...)
	e := &enrolment{run: r, total: len(all)}
	e.store(ctx, r.layout.right)
	if f := r.layout.right.fault; f == nil || !forEverybody(f) {
		e.together(ctx, all[1:])
		if e.worked() {
			e.again(ctx, []*trial{r.layout.right, r.layout.wrong, r.layout.empty})
		}
	}
	c := e.check(all)
	c.ElapsedMS = millis(time.Since(start))
	if ctx.Err() != nil {
		c.Outcome = probe.OutcomeUnknown
	}
	r.check(c)
	return c.Outcome != probe.OutcomeUnknown && r.layout.right.fault == nil
}

// enrolment is the stage that registers test users. Its methods are safe for
// concurrent use.
type enrolment struct {
	*run
	total    int
	done     atomic.Int64
	breaker  breaker
	mu       sync.Mutex
	accepted int
	failed   []*probe.Fault // of controls that another uid stands in for
}

func (e *enrolment) worked() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.accepted > 0
}

// store registers one trial's tokens, unless the stage has been given up.
func (e *enrolment) store(ctx context.Context, s *trial) {
	s.fault, s.known = nil, false
	for _, t := range s.stored {
		if e.breaker.open() {
			s.fault = notTried(hostOf(e.p.API.Base), "POST /user/token had failed for all users before")
			break
		}
		err := e.ledger.Register(ctx, s.uid, t)
		if err != nil {
			s.fault = faultOf(err)
		}
		e.breaker.note(s.fault)
	}
	if s.known = s.fault == nil; s.known && len(s.stored) > 0 {
		e.mu.Lock()
		e.accepted++
		e.mu.Unlock()
	}
	e.progress("register", int(e.done.Add(1)), e.total)
}

func (e *enrolment) together(ctx context.Context, trials []*trial) {
	var g errgroup.Group
	g.SetLimit(apiParallel)
	for _, s := range trials {
		g.Go(func() error { e.store(ctx, s); return nil })
	}
	_ = g.Wait()
}

// otherUsers is how many other uids a control is tried with: three nodes of
// which one is away hold a third of all uids, so that 1 in 81 controls is left.
const otherUsers = 3

// again gives controls that could not be registered another uid, because
// without a control no pairing means anything. It is not counted: the check
// tells what became of the users that were planned.
func (e *enrolment) again(ctx context.Context, controls []*trial) {
	for _, s := range controls {
		planned := s.uid
		for n := 1; n <= otherUsers && s.fault != nil && ctx.Err() == nil; n++ {
			failed := s.fault
			s.uid = fmt.Sprintf("%s-%d", planned, n)
			if e.store(ctx, s); s.fault == nil {
				e.failed = append(e.failed, failed)
			}
		}
	}
}

// forEverybody says whether a fault would meet every other user just as well:
// the API is not reached, is not WuKongIM's, or lets nobody in.
func forEverybody(f *probe.Fault) bool {
	switch f.Kind {
	case probe.FaultRefused, probe.FaultDNS, probe.FaultNoRoute, probe.FaultUpgraded, probe.FaultProxy, probe.FaultCanceled, probe.FaultOpenFiles, probe.FaultNotHTTP, probe.FaultIsTLS, probe.FaultNotTLS,
		probe.FaultCertExpired, probe.FaultCertName, probe.FaultCertUnknown, probe.FaultTLS, probe.FaultNotWuKongIM:
		return true
	}
	switch f.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return true
	}
	return f.Status >= 300 && f.Status < 400
}

// check sums the stage up: the faults by how often they were met.
func (e *enrolment) check(all []*trial) probe.Check {
	faults := append([]*probe.Fault{}, e.failed...)
	for _, s := range all {
		if s.fault != nil {
			faults = append(faults, s.fault)
		}
	}
	c := probe.Check{ID: probe.CheckRegister, Outcome: probe.OutcomePass, Text: "POST /user/token 200", Failed: len(faults)}
	for _, s := range all {
		if s.known && len(s.stored) > 0 {
			c.Count++
		}
	}
	c.Count -= len(e.failed) // another uid stands in for each of them
	if len(faults) == 0 {
		return c
	}
	c.Outcome, c.Text = probe.OutcomeFail, ""
	kinds := commonFaults(faults)
	c.Fault = kinds[0]
	for _, f := range kinds[1:min(len(kinds), 5)] {
		c.Faults = append(c.Faults, *f)
	}
	return c
}

// commonFaults gives one fault of each kind, the most frequent first; those that
// were not tried come last.
func commonFaults(faults []*probe.Fault) (kinds []*probe.Fault) {
	count := map[string]int{}
	digits := regexp.MustCompile(`\d+`) // ports and uids differ where nothing else does
	key := func(f *probe.Fault) string { return fmt.Sprint(f.Kind, f.Status, digits.ReplaceAllString(f.Text, "")) }
	for _, f := range faults {
		if count[key(f)]++; count[key(f)] == 1 {
			kinds = append(kinds, f)
		}
	}
	weight := func(f *probe.Fault) int {
		if f.Kind == probe.FaultNotDialled {
			return 0
		}
		return count[key(f)]
	}
	sort.SliceStable(kinds, func(i, j int) bool { return weight(kinds[i]) > weight(kinds[j]) })
	return kinds
}

// breaker ends a stage that gets no answers: the rest would wait as long, one
// after the other. It is safe for concurrent use.
type breaker struct {
	timeouts, failures atomic.Int64 // since the last success
}

// timeoutsInRow and failuresInRow end a stage. A v2.2.5 under heavy load lets
// single requests hang while others are answered; and where one node of three
// still stores tokens, 24 users in a row miss it once in 17,000 runs.
const (
	timeoutsInRow = 4
	failuresInRow = 24
)

func (b *breaker) note(f *probe.Fault) {
	if f == nil {
		b.timeouts.Store(0)
		b.failures.Store(0)
		return
	}
	b.failures.Add(1)
	if f.Kind == probe.FaultTimeout {
		b.timeouts.Add(1)
	}
}

func (b *breaker) open() bool {
	return b.timeouts.Load() >= timeoutsInRow || b.failures.Load() >= failuresInRow
}

// notTried is why something was left out on purpose.
func notTried(address, why string) *probe.Fault {
	return &probe.Fault{Phase: probe.PhaseRequest, Kind: probe.FaultNotDialled, Address: address, Text: why}
}
