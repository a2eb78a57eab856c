package probe

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Evidence is one proof. What is protocol terms only has a Text, the same in every
// language; a sentence has an id and arguments besides, with which package report
// tells it in the reader's language.
type Evidence struct {
	Source string            `json:"source"`         // api, route, connect, store, server-log, config, sdk
	Text   string            `json:"text"`           // in English
	ID     string            `json:"id,omitempty"`   // of the sentence; "" = no sentence
	Args   map[string]string `json:"args,omitempty"` // what the sentence is filled with; x_id names the sentence that stands for x
}

// Phrase is a sentence, or a part of one, in English and as what package report
// needs to tell it in another language. One without an ID is protocol terms.
type Phrase struct {
	Text string // in English
	ID   string // the message is evidence.<ID>
	Args map[string]string
}

// Say makes a phrase of an English sentence: {{.name}} stands for the argument with
// that name, which may be a phrase itself. All other arguments are written as
// fmt.Sprint does. The names of a phrase and of those within it are one set.
func Say(id, english string, args map[string]any) Phrase {
	p := Phrase{ID: id}
	if len(args) > 0 {
		p.Args = map[string]string{}
	}
	var fields []string
	for name, arg := range args {
		told, isPhrase := arg.(Phrase)
		if !isPhrase {
			told.Text = fmt.Sprint(arg)
		}
		fields = append(fields, "{{."+name+"}}", told.Text)
		if told.ID == "" {
			p.Args[name] = told.Text
			continue
		}
		p.Args[name+"_id"] = told.ID
		maps.Copy(p.Args, told.Args)
	}
	p.Text = strings.NewReplacer(fields...).Replace(english)
	return p
}

// By makes a proof of a phrase; source is where it was seen.
func (p Phrase) By(source string) Evidence {
	return Evidence{Source: source, Text: p.Text, ID: p.ID, Args: p.Args}
}

// Phrase names what was observed.
func (o Observed) Phrase() Phrase { return Phrase{Text: string(o), ID: "observed-" + string(o)} }

// Phrase names the phase.
func (p Phase) Phrase() Phrase { return Phrase{Text: string(p), ID: "phase-" + string(p)} }

// Phrase says phase, address and what happened.
func (f *Fault) Phrase() Phrase {
	args := map[string]any{"phase": f.Phase.Phrase(), "what": f.what()}
	if f.Address == "" {
		return Say("fault", "{{.phase}}: {{.what}}", args)
	}
	args["address"] = f.Address
	return Say("fault-at", "{{.phase}} {{.address}}: {{.what}}", args)
}

// what is the kind in words. The system's own text is added where it says more.
func (f *Fault) what() Phrase {
	switch f.Kind {
	case FaultRefused:
		return Say("refused", "connection refused", nil)
	case FaultReset:
		return Say("reset", "connection reset by peer", nil)
	case FaultEOF:
		return Say("eof", "closed without an answer", nil)
	case FaultNoRoute:
		return Say("no-route", "no route to host", nil)
	case FaultDNS:
		return f.because(Say("no-name", "name does not resolve", nil))
	case FaultTimeout:
		if f.LimitMS > 0 {
			limit := time.Duration(f.LimitMS * float64(time.Millisecond)).String()
			return Say("no-answer-within", "no answer within {{.limit}}", map[string]any{"limit": limit})
		}
		return Say("no-answer", "no answer in time", nil)
	case FaultOpenFiles:
		return Say("open-files", "this machine allows no more open files", nil)
	case FaultNotDialled:
		return f.because(Say("not-dialled", "not dialled", nil))
	case FaultNotTLS:
		return Say("no-tls", "no TLS is spoken there", nil)
	case FaultIsTLS:
		return f.because(Say("wants-tls", "TLS is expected there", nil))
	}
	return f.status()
}

// status is an HTTP answer in words, and every kind that has none.
func (f *Fault) status() Phrase {
	args := map[string]any{"status": strconv.Itoa(f.Status)}
	switch f.Kind {
	case FaultStatus:
		return f.because(Phrase{Text: "HTTP " + strconv.Itoa(f.Status)})
	case FaultNotWuKongIM:
		return f.because(Say("not-wukongim", "HTTP {{.status}}, not WuKongIM's answer", args))
	case FaultUpgraded:
		return Say("upgraded", "HTTP {{.status}}, protocols switched without being asked to", args)
	case FaultProxy:
		return f.because(Say("by-proxy", "HTTP {{.status}} from the HTTP proxy", args))
	}
	return f.because(Phrase{Text: string(f.Kind)})
}

// because adds the text of a fault to its kind.
func (f *Fault) because(kind Phrase) Phrase {
	if f.Text == "" {
		return kind
	}
	return Say("because", "{{.kind}}: {{.detail}}", map[string]any{"kind": kind, "detail": f.Text})
}
