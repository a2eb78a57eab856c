package probe

import "testing"

func TestRepair(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		role      Role
		raw, want string
		slip      Slip
	}{
		{RoleWS, "ws://im.example.com:5200", "ws://im.example.com:5200", ""},
		{RoleWS, "wss://im.example.com/ws", "wss://im.example.com/ws", ""},
		{RoleWS, "im.example.com:5200", "ws://im.example.com:5200", SlipNone},
		{RoleWS, "im.example.com/ws", "ws://im.example.com/ws", SlipNone},
		{RoleWS, "http://im.example.com:5200", "ws://im.example.com:5200", SlipScheme},
		{RoleWS, "https://im.example.com/ws", "wss://im.example.com/ws", SlipScheme},
		{RoleWS, "tcp://im.example.com:5200", "ws://im.example.com:5200", SlipScheme},
		{RoleWS, " ws://im.example.com:5200\n", "ws://im.example.com:5200", SlipMarks},
		{RoleWS, `"im.example.com:5200"`, "ws://im.example.com:5200", SlipMarks},
		{RoleWS, "ws://im.example.com:99999", "ws://im.example.com:5200", SlipPort},
		{RoleWS, "ws://[2001:db8::1]:5200", "ws://[2001:db8::1]:5200", ""},
		{RoleWS, "ws://[2001:db8::1]", "ws://[2001:db8::1]", ""},
		{RoleWS, "ws://2001:db8::1:5200", "", SlipIPv6},
		{RoleWS, "ws://:5200", "", SlipHost},
		{RoleWS, "ws://", "", SlipHost},
		{RoleWS, "", "", SlipNone},
		{RoleWSS, "ws://im.example.com", "wss://im.example.com", SlipScheme},
		{RoleWSS, "im.example.com:5210", "wss://im.example.com:5210", SlipNone},
		{RoleTCP, "im.example.com:5100", "im.example.com:5100", ""},
		{RoleTCP, "tcp://im.example.com:5100", "im.example.com:5100", SlipScheme},
		{RoleTCP, "im.example.com", "im.example.com:5100", SlipPort},
		{RoleTCP, "im.example.com:tcp", "im.example.com:5100", SlipPort},
		{RoleTCP, ":5100", "", SlipHost},
	} {
		if got, slip := Repair(row.role, row.raw); got != row.want || slip != row.slip {
			t.Errorf("%s %q: got %q, %q, want %q, %q", row.role, row.raw, got, slip, row.want, row.slip)
		}
	}
}
