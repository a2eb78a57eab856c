package sandbox

import (
	"crypto/tls"
	"strings"
	"testing"
)

// TestHazardsUnderFaults: what kills a server is listed whatever fault stands in
// the way of its being looked at.
func TestHazardsUnderFaults(t *testing.T) {
	bubble(t, func(t *testing.T) {
		keys := map[string]string{"": "empty client key", "c2hvcnQ=": "less than 32 bytes", "not base64!": "not base64"}
		for _, fault := range []string{"mute", "close-on-connect", "lose", "lose-first", "garbage", "slow:1h", "slow-flag:0:1h", "refuse-flag:0", "mute-after:1"} {
			f, err := ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			for _, transport := range []string{"ws", "tcp"} {
				s := start(t, Config{Faults: []Fault{f}, ManagerToken: "M"})
				for key, want := range keys {
					dial(t, s, transport).write(who{uid: "k" + key, token: "T", key: &key}.packet())
					settles(t, func() bool { return strings.Contains(strings.Join(s.Hazards(), ";"), want) })
				}
				dial(t, s, transport).write(who{uid: "____manager", token: "T"}.packet())
				settles(t, func() bool { return strings.Contains(strings.Join(s.Hazards(), ";"), "manager uid") })
			}
		}
	})
}

// TestQuitHazardUnderFaults: the API's faults do not hide a device_quit without uid.
func TestQuitHazardUnderFaults(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, fault := range []string{"api-500", "block-post", "plain-to-https", "forward-fails:1/1"} {
			s := faulty(t, fault)
			call(t, s, "POST", s.APIURL()+"/user/device_quit", `{"device_flag":0}`)
			if got := s.Hazards(); len(got) != 1 || !strings.Contains(got[0], "without uid") {
				t.Errorf("%s: hazards %q", fault, got)
			}
		}
	})
}

// TestHelloToTCP: a TLS hello to the TCP port kills 1.0.0 to 1.0.5, where it is
// read as a CONNECT; the later ones close, and survive.
func TestHelloToTCP(t *testing.T) {
	each(t, func(t *testing.T, g Generation) {
		s := start(t, Config{Generation: g, IdleClose: idleBeforeLogin})
		hello(t, s, s.TCPAddr())
		ws := knock(t, s, addrOf(s.WSURL()))
		tls.Client(ws, &tls.Config{InsecureSkipVerify: true}).Handshake() // harmless everywhere
		ws.Close()
		got := strings.Join(s.Hazards(), "; ")
		if strings.Contains(got, "TLS ClientHello to the TCP port") != (g == V10) || (g != V10 && got != "") {
			t.Errorf("hazards: %q", got)
		}
		s.Register("u", "T", 0, 0)
		if got := attempt(t, s, "tcp", who{uid: "u", token: "T"}); got != a1 {
			t.Errorf("a login afterwards: got %s", got)
		}
	})
}
