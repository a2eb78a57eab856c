package serverlog

import (
	"bytes"
	"strconv"
)

// fields are the fields of a matched line that some kind needs, unparsed.
type fields struct {
	uid, err, expect, act, token value
	flag, conn, oldConn          value
	maxIdle, stack, req          value
	cut                          bool
}

// read fills f from the body of a line.
func (f *fields) read(body []byte) {
	if len(body) == 0 {
		return
	}
	c := cursor{b: body, i: 1}
	for {
		key, val, ok := c.next()
		if !ok {
			break
		}
		if slot := f.slot(key); slot != nil {
			*slot = val
		}
	}
	f.cut = c.cut
}

func (f *fields) slot(key []byte) *value {
	switch string(key) {
	case "uid", "channelID": // the user's channel in "获取频道所在节点失败！"
		return &f.uid
	case "error", "ip":
		return &f.err
	case "expectToken":
		return &f.expect
	case "actToken":
		return &f.act
	case "token":
		return &f.token
	case "deviceFlag":
		return &f.flag
	case "conn":
		return &f.conn
	case "oldConn":
		return &f.oldConn
	case "maxIdle":
		return &f.maxIdle
	case "stack":
		return &f.stack
	case "req":
		return &f.req
	}
	return nil
}

// text gives a string value unescaped, nil if it is none or cut.
func (v value) text() []byte {
	if v.typ != valueString {
		return nil
	}
	if bytes.IndexByte(v.raw, '\\') < 0 {
		return v.raw
	}
	return unescape(nil, v.raw)
}

func (v value) number() (uint64, bool) {
	if v.typ != valueLiteral {
		return 0, false
	}
	return parseUint(v.raw)
}

// device gives the device flag a value names: a number, or the text that the
// protocol library prints for it (WuKongIMGoProto DeviceFlag.String: APP, WEB,
// SYSTEM for 99, else the number, so a PC is "2").
func (v value) device() *int {
	raw := v.raw
	switch v.typ {
	case valueString:
		switch string(raw) {
		case "APP":
			return flagOf(0)
		case "WEB":
			return flagOf(1)
		case "PC":
			return flagOf(2)
		case "SYSTEM":
			return flagOf(99)
		}
	case valueLiteral:
	default:
		return nil
	}
	n, err := strconv.ParseUint(string(raw), 10, 8)
	if err != nil {
		return nil
	}
	return flagOf(int(n))
}

func flagOf(n int) *int { return &n }
