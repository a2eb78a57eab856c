package main

import (
	"regexp"

	"github.com/wkctl/wkctl/probe"
)

// hideURL blanks what may be a secret in a URL: user and password, and the
// values of its query. Gateways in front of a WebSocket want tokens there. It
// goes by the text, for a URL may be too wrong to be parsed.
func hideURL(raw string) string {
	raw = regexp.MustCompile(`//[^/?#\s]*@`).ReplaceAllString(raw, "//…@")
	return regexp.MustCompile(`([?&][^=&#\s]*=)[^&#\s]*`).ReplaceAllString(raw, "${1}…")
}

// hideTarget does so with the addresses of a run, once nothing is dialled any
// more: all of them, so that those that were equal stay so.
func hideTarget(t *probe.Target, advertised []probe.Address) {
	list := []*string{&t.API, &t.WS, &t.WSGiven}
	if a := t.Advertised; a != nil {
		list = append(list, &a.TCP, &a.WS, &a.WSS)
	}
	for i := range advertised {
		list = append(list, &advertised[i].URL)
	}
	for _, s := range list {
		*s = hideURL(*s)
	}
}
