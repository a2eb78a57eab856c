package main

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
)

// hideTarget blanks what may be a secret in the addresses of a run, once nothing
// is dialled any more: all of them, so that those that were equal stay so.
func hideTarget(t *probe.Target, advertised []probe.Address) {
	list := []*string{&t.API, &t.WS, &t.WSGiven}
	if a := t.Advertised; a != nil {
		list = append(list, &a.TCP, &a.WS, &a.WSS)
	}
	for i := range advertised {
		list = append(list, &advertised[i].URL)
	}
	for _, s := range list {
		*s = measure.HideURL(*s)
	}
}
