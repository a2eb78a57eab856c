package main

import (
	"fmt"
	"io"
	"time"

	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// readBar is a reader that says on stderr how far it is, once reading takes long
// enough for somebody to wonder.
type readBar struct {
	*progress
	in       io.Reader
	all, got int64 // bytes; all is 0 where it is not known
	next     time.Time
}

const (
	barAfter = 500 * time.Millisecond
	barEvery = 100 * time.Millisecond
)

func (a *app) readBar(in io.Reader, all int64) *readBar {
	return &readBar{progress: a.progress(), in: in, all: all, next: time.Now().Add(barAfter)}
}

func (b *readBar) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.got += int64(n)
	if now := time.Now(); b.on && now.After(b.next) {
		b.next = now.Add(barEvery)
		id := "progress.log"
		if b.all <= 0 {
			id = "progress.log-open"
		}
		b.mu.Lock()
		b.drawn = true
		_, _ = fmt.Fprint(b.app.stderr, "\r\x1b[K"+b.app.say.Text(id, text.Args{"read": report.Size(b.got), "all": report.Size(b.all)}))
		b.mu.Unlock()
	}
	return n, err
}
