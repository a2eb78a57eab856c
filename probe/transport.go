package probe

import (
	"crypto/tls"
	"net/http"
)

// NewTransport gives the transport for API requests: the standard one with its
// bounds tightened to what WuKongIM needs. conf is nil for the system's roots.
// The largest header of any release takes a few hundred bytes.
func NewTransport(conf *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = conf
	t.MaxResponseHeaderBytes = maxHeader // 1xx answers before the real one included
	t.MaxIdleConnsPerHost = apiParallel
	return t
}
