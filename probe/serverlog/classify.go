package serverlog

// classifier makes entries of records whose message is in the table.
type classifier struct {
	scanner *Scanner
	mask    masker
	f       fields
}

// facts gives the entry of a matched record, all but its text; false: the fields
// say that it is not about what the row is for.
func (c *classifier) facts(rec *record, r *row) (e Entry, ok bool) {
	c.f = fields{}
	c.f.read(rec.body)
	e.Kind, e.Generations = r.kind, r.gens
	e.UID = clean(c.f.uid.text(), maxUID)
	e.Flag = c.f.flag.device()
	if !c.refine(&e, rec) {
		return Entry{}, false
	}
	e.Error = c.err()
	layout := c.times(&e, rec)
	e.Generations = e.Generations.narrow(layout)
	c.lead(&e, rec)
	return e, true
}

// repeat gives what the second line of a refusal adds to the first.
func (c *classifier) repeat(rec *record) (e Entry) {
	c.f = fields{}
	c.f.read(rec.body)
	e.UID = clean(c.f.uid.text(), maxUID)
	e.Error = c.err()
	return e
}

// err gives the error of the line. Nearly all are one of two, which cost nothing.
func (c *classifier) err() string {
	err := c.f.err.text()
	switch string(err) {
	case errNotFound:
		return errNotFound
	case errVerify:
		return errVerify
	}
	return clean(err, maxError)
}

// times reads the time, and takes docker's where the line's has no zone. It gives
// the generations that write the time this way.
func (c *classifier) times(e *Entry, rec *record) Generations {
	own := parseStamp(rec.time, c.scanner.location())
	e.Time = own.at
	if own.zoned {
		return own.gens
	}
	if rec.outer == nil {
		rec.outer = prefixStamp(rec.prefix)
	}
	if outer := parseStamp(rec.outer, c.scanner.location()); outer.zoned {
		e.Time = outer.at
	} else if !own.at.IsZero() {
		e.mislead(MisleadNoZone)
	}
	return own.gens
}

// lead adds what misleads in a refusal whatever its kind.
func (c *classifier) lead(e *Entry, rec *record) {
	if rec.cut || c.f.cut {
		e.mislead(MisleadCut)
	}
	switch e.Kind {
	case KindTokenMismatch, KindTokenUnset, KindTokenCleared, KindTokenRefused:
		if e.Generations == GenV10 {
			e.mislead(MisleadFlagZeroOnly)
		}
		if e.Generations == GenV2Beta {
			e.mislead(MisleadOneTokenPerUID)
			if e.Kind == KindTokenMismatch {
				e.mislead(MisleadOtherUsersToken)
			}
		}
	}
	if e.Kind.Refusal() {
		if e.UID == "" && e.Kind != KindUIDEmpty {
			e.mislead(MisleadNoUID)
		}
		if e.Flag == nil && flagMatters(e.Kind) {
			e.mislead(MisleadNoFlag)
		}
	}
}

// flagMatters says whether a refusal of the kind depends on the device flag.
func flagMatters(k Kind) bool {
	switch k {
	case KindTokenMismatch, KindTokenUnset, KindTokenCleared, KindTokenRefused,
		KindDeviceNotFound, KindTokenLookupFailed:
		return true
	}
	return false
}

// finish makes the text and takes the line's tokens out of the other strings.
func (c *classifier) finish(e *Entry, rec *record) {
	e.Text = c.mask.text(rec.text, maxText)
	if len(c.mask.forms) == 0 {
		return
	}
	e.Error = c.mask.scrub(e.Error)
}
