package wire

// Disconnect is the server's last word to a connection: another login took its
// place, its token was cleared or replaced.
type Disconnect struct {
	Reason Reason
	Text   string // the server's text, foreign: "login in other device", "账号在其他设备上登录" or ""
}

// Type implements Frame.
func (*Disconnect) Type() Type { return TypeDisconnect }

// Encode gives the frame's bytes.
func (d *Disconnect) Encode() ([]byte, error) {
	b, err := appendString([]byte{byte(d.Reason)}, "reason text", d.Text)
	if err != nil {
		return nil, err
	}
	return appendFrame(TypeDisconnect, 0, b)
}

func decodeDisconnect(body []byte) (Frame, error) {
	r := &reader{b: body}
	d := &Disconnect{Reason: Reason(r.uint8("reason")), Text: r.string("reason text")}
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}
