package serverlog

import "bytes"

// connText is what the text of a connection says.
type connText struct {
	uid  []byte
	flag *int
}

// parseConn reads the texts of a connection that tell the truth:
//
//	uid: U connId: 6 deviceId: D deviceFlag: APP isRealConn: …   v2.0 (internal/server/conn_context.go)
//	ConnId:29, Uid:U, DeviceId:D, DeviceFlag:0, DeviceLevel:1 …  v2 (the logical connection)
//	Conn[29] uid=U fd={23} deviceFlag=APP deviceLevel=Master deviceID=A
//	                                            v1, v2-beta (pkg/wknet/conn.go), once authenticated
//	Conn[29] uid=U fd=21                        v1.0
//
// The client chooses uid and device id, and may put such text into them: a text
// in which a mark is there twice gives nothing.
func parseConn(text []byte) connText {
	switch {
	case bytes.HasPrefix(text, []byte("uid: ")):
		return parseContextConn(text)
	case bytes.HasPrefix(text, []byte("ConnId:")):
		return parseEventConn(text)
	case bytes.HasPrefix(text, []byte("Conn[")):
		return parseNetConn(text)
	}
	return connText{}
}

func parseContextConn(text []byte) connText {
	p, ok := between(text, "uid: ", " connId: ", " deviceId: ", " deviceFlag: ", " isRealConn: ")
	if !ok {
		return connText{}
	}
	return connText{uid: p[0], flag: flagText(p[3])}
}

func parseEventConn(text []byte) connText {
	p, ok := between(text, "ConnId:", ", Uid:", ", DeviceId:", ", DeviceFlag:", ", DeviceLevel:")
	if !ok {
		return connText{}
	}
	return connText{uid: p[1], flag: flagText(p[3])}
}

func parseNetConn(text []byte) connText {
	if p, ok := between(text, "Conn[", "] uid=", " fd=", " deviceFlag=", " deviceLevel=", " deviceID="); ok {
		return connText{uid: p[1], flag: flagText(p[3])}
	}
	if p, ok := between(text, "Conn[", "] uid=", " fd="); ok && !bytes.Contains(p[2], []byte(" ")) {
		return connText{uid: p[1]}
	}
	return connText{}
}

// between cuts text at the marks, each of which must be in it exactly once and
// in this order, and gives what follows each mark.
func between(text []byte, marks ...string) (parts [6][]byte, ok bool) {
	rest := text
	for i, mark := range marks {
		if bytes.Count(text, []byte(mark)) != 1 {
			return parts, false
		}
		before, after, found := bytes.Cut(rest, []byte(mark))
		if !found {
			return parts, false
		}
		if i > 0 {
			parts[i-1] = before
		}
		rest = after
	}
	parts[len(marks)-1] = rest
	return parts, true
}

func flagText(b []byte) *int { return value{raw: b, typ: valueString}.device() }
