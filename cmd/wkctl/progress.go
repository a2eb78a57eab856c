package main

import (
	"fmt"
	"strings"
	"sync"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// progress is one line on stderr that says what runs. It moves only on a
// terminal that a person watches: never in CI, never into a file.
type progress struct {
	sh *shell
	on bool

	mu    sync.Mutex
	drawn bool
}

func (sh *shell) progress() *progress {
	return &progress{sh: sh, on: sh.stderr.tty && sh.getenv("TERM") != "dumb" && sh.getenv("CI") == ""}
}

func (b *progress) update(p probe.Progress) {
	if !b.on {
		return
	}
	line := b.sh.say.Text("progress."+p.Stage, text.Args{"limit": p.Limit.String()})
	if p.Total > 0 {
		line = fmt.Sprintf("[%d/%d] %s", p.Done, p.Total, line)
	}
	if limit := b.sh.stderr.width - 1; limit > 0 && len(line) > limit {
		line = strings.ToValidUTF8(line[:limit], "")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn = true
	_, _ = fmt.Fprint(b.sh.stderr, "\r\x1b[K"+line)
}

// clear takes the line away before the report comes.
func (b *progress) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn {
		_, _ = fmt.Fprint(b.sh.stderr, "\r\x1b[K")
	}
}
