package sandbox

import (
	"strconv"
	"time"
)

// uptime is a duration as /varz, /connz and /cluster/nodes say it: whole seconds,
// 42s, 2m3s, 1h0m5s, 1d2h3m4s, 1y2d3h4m5s, the units above the first that is not
// 0 left out (1.0.5 to 2.2.5, 2.2.5 internal/api/varz.go).
func uptime(d time.Duration) string {
	rest := int(d / time.Second)
	parts := make([]int, 0, 5) // from seconds up
	for _, base := range []int{60, 60, 24, 365} {
		parts = append(parts, rest%base)
		rest /= base
	}
	parts = append(parts, rest)
	text := ""
	for i := len(parts) - 1; i >= 0; i-- {
		if text != "" || parts[i] != 0 || i == 0 {
			text += strconv.Itoa(parts[i]) + "smhdy"[i:i+1]
		}
	}
	return text
}
