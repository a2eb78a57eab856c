package diagnose

import "github.com/wkctl/wkctl/probe"

// The codes that another cause, or a judgement, names. Every other code is written
// in its row alone.
const (
	codeNoManagerToken  = "WK203"
	codeServerError     = "WK207"
	codeTokenLost       = "WK209"
	codeNodeUnreachable = "WK212"
	codeEnded           = "WK215"
	codeTLSCrash        = "WK308"
	codeUpgradeRefused  = "WK401"
	codeUnreachable     = "WK405"
	codePrivate         = "WK406"
	codeNoWSS           = "WK407"
	codeWSAsTCP         = "WK410"
	codeNotAdvertised   = "WK412"
	codeOtherFlag       = probe.CodeOtherFlag
	codeAuthOff         = "WK507"
	codeShared          = "WK508"
	codeSilent          = "WK510"
	codeNoJSON          = "WK511"
	codeNoClientKey     = "WK512"
	codeFlagNotSent     = "WK513"
	codeFlagNumbering   = "WK514"
	codeUnlikeCatalogue = "WK522"
	codeKicked          = "WK601"
	codeNotKept         = "WK523"
	codeOtherConfig     = "WK720" // the one of its family that serverconf cannot see: it takes a running server to compare with
)
