package measure

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/secret"
)

// TestProxyRefuses: an HTTP proxy that does not pass an https request on says so
// with a status, which is the proxy's and not the API's.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		for status, words := range map[int]string{407: "Proxy Authentication Required", 403: "Forbidden", 502: "Bad Gateway", 503: "Service Unavailable", 204: "No Content"} {
			asked := make(chan string, 4)
			proxy := page(t, func(w http.ResponseWriter, r *http.Request) {
				asked <- r.Method + " " + r.RequestURI + " " + r.Header.Get("token")
				w.Header().Set("Server", "squid\u202e/"+managerRaw)
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(status)
			})
			c := client(t)
			c.Transport.(*http.Transport).Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy) }
			v := &secret.Vault{}
			a := &API{Base: "https://api.example:5443", Client: c, Vault: v, ManagerToken: v.Manager(managerRaw), polite: &pacer{}}
			_, errGet := a.Route(t.Context())
			for method, err := range map[string]error{"GET": errGet, "POST": a.Quit(t.Context(), "u", 0)} {
				f := faultOf(err)
				if f.Kind != probe.FaultProxy || f.Status != status || f.Text != words || f.Server != "squid/MANAGER" || f.Method != method {
					t.Errorf("%d: got %+v", status, f)
				}
				if !strings.HasPrefix(f.Address, a.Base+"/") || !strings.Contains(f.Error(), "from the HTTP proxy: "+words) {
					t.Errorf("%d: got %v", status, f)
				}
				if got := <-asked; got != "CONNECT api.example:5443 " {
					t.Errorf("the proxy was sent %q", got)
				}
			}
			if len(asked) > 0 {
				t.Errorf("%d: the proxy was asked again", status)
			}
		}
	})
}
