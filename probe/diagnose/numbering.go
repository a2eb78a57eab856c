package diagnose

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// Flags that no SDK sends, and that one page of WuKongIM's documentation hands out:
// getting-started/concepts/user numbers 1 iOS, 2 Android, 3 Web, 4 Desktop (seen at
// WuKongIMDocs@9af4d74, in English and Chinese). All other pages, the servers and the
// SDKs count 0 APP, 1 WEB, 2 PC.
const (
	docsWeb     wire.DeviceFlag = 3
	docsDesktop wire.DeviceFlag = 4
)

// NumberedByDocs says whether a device flag is most likely from that page.
func NumberedByDocs(flag wire.DeviceFlag) bool { return flag == docsWeb || flag == docsDesktop }

// numbering makes a finding name the page where one of its flags, or a row of the
// user, has a number from there.
func (f *facts) numbering(found *finding, p *probe.Pairing) *finding {
	seen := NumberedByDocs(p.TokenFlag) || NumberedByDocs(p.ConnectFlag)
	if f.User != nil {
		for _, r := range f.User.Stored {
			seen = seen || NumberedByDocs(r.DeviceFlag)
		}
	}
	if seen {
		found.Args["docs"] = yes(true)
	}
	return found
}
