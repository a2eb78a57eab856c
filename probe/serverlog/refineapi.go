package serverlog

import "bytes"

// refineAPI refines the lines of the HTTP API.
func (c *classifier) refineAPI(e *Entry) bool {
	switch e.Kind {
	case KindTokenRequest:
		return c.request(e)
	case KindUserRequestInvalid:
		e.Status = 400
		// encoding/json names the Go type it was decoding into.
		if bytes.Contains(c.f.err.text(), []byte("UpdateTokenReq")) {
			e.Kind, e.Path = KindTokenRequestInvalid, pathToken
		} else {
			e.mislead(MisleadNoEndpoint)
		}
	case KindQuitNoDevice:
		// Up to v2.1.x device_quit reports a missing record as an error. Any other
		// error of this message may also come from /user/token.
		err := c.f.err.text()
		if err != nil && string(err) != errNotFound {
			e.Kind = KindTokenStoreFailed
			e.mislead(MisleadNoEndpoint)
			return true
		}
		e.mislead(MisleadQuitNotConnect)
	case KindTokenStoreFailed, KindSlotLeaderUnknown:
		e.mislead(MisleadNoEndpoint)
	}
	return true
}

// request reads the body of a /user/token request: it has a token, the other
// requests that v1 and v2 log as "req" have none.
func (c *classifier) request(e *Entry) bool {
	if c.f.req.typ != valueNested || len(c.f.req.raw) == 0 {
		return false
	}
	cur := cursor{b: c.f.req.raw, i: 1}
	found := false
	for {
		key, val, ok := cur.next()
		if !ok {
			return found
		}
		switch string(key) {
		case "uid":
			e.UID = clean(val.text(), maxUID)
		case "token":
			e.ExpectToken = c.alias(val)
			found = e.ExpectToken.Present()
		case "device_flag":
			e.Flag = val.device()
		}
	}
}
