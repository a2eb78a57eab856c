package serverconf

// defaultOf gives what the server uses where nothing is written, as New and
// NewOptions of the options.go set it. A span with several releases gets the
// default of its last one.
func defaultOf(key string, s span) string {
	switch key {
	case KeyMode:
		if s.hi < 10101 { // getString("mode", string(ReleaseMode)) up to 1.1.0
			return "release"
		}
		return "debug" // 2.0.0 and later: of the --mode flag, cmd/root.go
	case KeyHTTPAddr:
		if s.hi < 10008 { // 1.0.0 to 1.0.7
			return "0.0.0.0:5000"
		}
		return "0.0.0.0:5001"
	case KeyAddr:
		return "tcp://0.0.0.0:5100"
	case KeyWSAddr:
		return "ws://0.0.0.0:5200"
	case KeyManagerUID:
		return "____manager" // 1.1.7 and later
	case KeyVisitorsSuffix:
		return "___vstr" // 2.2.1 and later; the shipped wk.yaml shows four underscores in a comment
	case KeyTokenAuthOn, KeyStress, KeyAutoGetExternalIP, KeyDisableJSONRPC, KeyDisableEncryption:
		return "false"
	default:
		return ""
	}
}

// tokenAuthByMode: 1.0.0 to 1.0.5 took tokenAuthOn from the mode where it was not
// written (internal/server/options.go, isSet("tokenAuthOn")).
func tokenAuthByMode(s span) bool { return s.hi <= 10005 }

// configPath is the file that the image's entry point names (Dockerfile); "" where
// it names none.
func configPath(s span) string {
	switch {
	case s.lo >= firstV3:
		return "/etc/wukongim/wukongim.toml"
	case s.hi <= 10100: // ENTRYPOINT ["/home/app"] up to 1.1.0
		return ""
	default:
		return "/root/wukongim/wk.yaml"
	}
}

// toleratesBrokenFile says whether every release of the span runs in its image with
// --ignoreMissingConfig=true (Dockerfile, 1.2.1 and later): a file that cannot be
// read or parsed is then dropped and the defaults rule.
func toleratesBrokenFile(s span) bool { return s.lo >= 10201 && s.hi < firstV3 }

// waitsForSlots says whether the cluster layer always runs and the server panics
// when its slots are not ready within a minute (cmd/root.go MustWaitAllSlotsReady,
// 2.0.4 and later).
func waitsForSlots(s span) bool { return s.hi >= 20004 && s.hi < firstV3 }
