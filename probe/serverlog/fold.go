package serverlog

// foldWindow is how many lines the second line of a refusal may come after the
// first. The server writes both within microseconds, other goroutines' lines in
// between.
const foldWindow = 64

// maxWaiting bounds how many first lines wait at once.
const maxWaiting = 64

// waiting is a first line whose second one is still to come.
type waiting struct {
	entry Entry
	held  bool   // the entry is handed over with its second line
	kick  bool   // its second line is "close old conn"
	key   string // what the second line repeats: the error, or the uid of a kick
	mixed bool   // another refusal with this key was under way: the uid is unsure
	until int64  // the last line its second one may be
}

// folder puts the lines of one event together.
type folder struct {
	list []waiting
	emit func(Entry) error
}

// join folds a second line into the entry that waits for it; false: none does.
func (f *folder) join(e *Entry, r *row) (folded bool, err error) {
	switch r.pair {
	case second:
		if i := f.find(false, e.Error); i >= 0 {
			return true, f.closeRefusal(i, e)
		}
	case kickClose:
		if i := f.find(true, e.UID); i >= 0 {
			return true, f.closeKick(i, e)
		}
	}
	return false, nil
}

// take hands over an entry, or keeps it until its second line comes.
func (f *folder) take(e Entry, r *row) error {
	switch r.pair {
	case first, firstAwaits, kick:
		return f.add(e, r)
	}
	return f.emit(e)
}

// add keeps a first line. Where its second line adds nothing it is handed over
// at once, so that a reader who follows a live log need not wait.
func (f *folder) add(e Entry, r *row) error {
	w := waiting{entry: e, held: r.pair != first, kick: r.pair == kick, until: e.Line + foldWindow}
	if w.kick {
		w.key = e.UID
	} else {
		w.key = firstKey(&e, r)
	}
	if len(f.list) >= maxWaiting {
		if err := f.drop(1); err != nil {
			return err
		}
	}
	f.list = append(f.list, w)
	if w.held {
		return nil
	}
	return f.emit(e)
}

// firstKey is the error that the second line will give: the server returns the
// error it logged, or one with the message's text (v2.0.8 internal/user/process/
// connect.go, v2.1.0+ internal/user/handler/event_connect.go).
func firstKey(e *Entry, r *row) string {
	if e.Error != "" {
		return e.Error
	}
	return r.msg
}

func (f *folder) find(kick bool, key string) int {
	for i := range f.list {
		if f.list[i].kick == kick && f.list[i].key == key {
			return i
		}
	}
	return -1
}

// closeRefusal ends the refusal i. Its uid comes from the second line, unless
// another refusal with the same error is under way whose second line this could
// be as well.
func (f *folder) closeRefusal(i int, second *Entry) error {
	w := f.list[i]
	for j := range f.list {
		if j != i && !f.list[j].kick && f.list[j].key == w.key && differ(&f.list[j].entry, &w.entry) {
			f.list[j].mixed = true
			w.mixed = true
		}
	}
	f.list = append(f.list[:i], f.list[i+1:]...)
	if !w.held {
		return nil
	}
	if w.mixed && second.UID != "" {
		w.entry.mislead(MisleadInterleaved)
	} else {
		w.entry.UID = second.UID
		w.entry.drop(MisleadNoUID)
	}
	return f.emit(w.entry)
}

// differ says whether two first lines can be told apart, so that it matters
// which of them a second line belongs to.
func differ(a, b *Entry) bool {
	return !a.ExpectToken.Equal(b.ExpectToken) || !a.ActToken.Equal(b.ActToken) || a.Kind != b.Kind
}

// closeKick adds what the second line says of the kicked connection.
func (f *folder) closeKick(i int, second *Entry) error {
	w := f.list[i]
	f.list = append(f.list[:i], f.list[i+1:]...)
	w.entry.Flag = second.Flag
	return f.emit(w.entry)
}

// expire hands over what waited too long for its second line.
func (f *folder) expire(at int64) error {
	n := 0
	for n < len(f.list) && f.list[n].until < at {
		n++
	}
	return f.drop(n)
}

// flush hands over all that waits.
func (f *folder) flush() error { return f.drop(len(f.list)) }

// drop gives up waiting for the n oldest.
func (f *folder) drop(n int) error {
	for i := range n {
		if f.list[i].held {
			if err := f.emit(f.list[i].entry); err != nil {
				return err
			}
		}
	}
	f.list = append(f.list[:0], f.list[n:]...)
	return nil
}

// drop takes m off the entry.
func (e *Entry) drop(m Misleading) {
	if e.UID == "" {
		return
	}
	for i, have := range e.Misleading {
		if have == m {
			e.Misleading = append(e.Misleading[:i], e.Misleading[i+1:]...)
			return
		}
	}
}
