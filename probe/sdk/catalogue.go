package sdk

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
)

//go:embed catalogue.json
var embedded string

// catalogue is the parsed data file.
type catalogue struct {
	rows []SDK
	bugs map[string]Text
}

// load parses the embedded file once. A mistake in it is a mistake in the
// program, which the tests find, so it panics.
var load = sync.OnceValue(func() catalogue {
	c, err := parse([]byte(embedded))
	if err != nil {
		panic(err)
	}
	return c
})

// parse reads a data file. A row begins as a copy of the row that it is "like",
// all but its source and verification, which are its own.
func parse(data []byte) (catalogue, error) {
	var file struct {
		Bugs map[string]Text   `json:"bugs"`
		Rows []json.RawMessage `json:"rows"`
	}
	if err := strict(data, &file); err != nil {
		return catalogue{}, fmt.Errorf("parsing SDK catalogue: %w", err)
	}
	p := parser{raw: map[string]json.RawMessage{}}
	c := catalogue{bugs: file.Bugs}
	for i, raw := range file.Rows {
		s, err := p.row(raw)
		if err != nil {
			return catalogue{}, fmt.Errorf("parsing row %d (%q) of the SDK catalogue: %w", i+1, s.ID, err)
		}
		p.raw[s.ID] = raw
		c.rows = append(c.rows, s)
	}
	return c, nil
}

// parser keeps the rows so far as text: a row that is like another decodes the
// other's text again and so shares no memory with it.
type parser struct{ raw map[string]json.RawMessage }

// row is a row as it stands in the file.
type row struct {
	Like string `json:"like"`
	*SDK
}

func (p *parser) row(raw json.RawMessage) (SDK, error) {
	var head struct {
		ID   string `json:"id"`
		Like string `json:"like"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return SDK{}, err
	}
	s := SDK{ID: head.ID}
	if head.Like != "" {
		base, ok := p.raw[head.Like]
		if !ok {
			return s, fmt.Errorf("like %q: expected the id of an earlier row", head.Like)
		}
		var err error
		if s, err = p.row(base); err != nil {
			return s, err
		}
		s.Source, s.Verified, s.Versions = nil, Verified{}, Range{}
		s.dropReplaced(raw)
	}
	err := strict(raw, &row{SDK: &s})
	s.ID = head.ID
	return s, err
}

// dropReplaced empties the composite fields that raw brings along, because JSON
// merges into what is there.
func (s *SDK) dropReplaced(raw json.RawMessage) {
	var has struct {
		FlagNames json.RawMessage `json:"flag_names"`
		Keys      json.RawMessage `json:"keys"`
		Sees      json.RawMessage `json:"sees"`
		Retry     json.RawMessage `json:"retry"`
	}
	_ = json.Unmarshal(raw, &has) // raw was decoded before
	if has.FlagNames != nil {
		s.FlagNames = nil
	}
	if has.Keys != nil {
		s.Keys = Keys{}
	}
	if has.Sees != nil {
		s.Sees = Sees{}
	}
	if has.Retry != nil {
		s.Retry = Retry{}
	}
}

// strict decodes and refuses fields that the type does not have.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// All gives every row, family by family, oldest version first, to keep and to
// change.
func All() []SDK {
	list := make([]SDK, 0, len(load().rows))
	for _, s := range load().rows {
		list = append(list, s.clone())
	}
	return list
}

// clone copies a row with all that it points to.
func (s SDK) clone() SDK {
	s.Source = slices.Clone(s.Source)
	s.FlagNames = maps.Clone(s.FlagNames)
	s.Keys = Keys{Top: slices.Clone(s.Keys.Top), Params: slices.Clone(s.Keys.Params), Ping: slices.Clone(s.Keys.Ping)}
	for _, sight := range []*Sight{&s.Sees.Refused, &s.Sees.Silent, &s.Sees.Closed} {
		sight.Events = slices.Clone(sight.Events)
	}
	s.Bugs = slices.Clone(s.Bugs)
	return s
}

// Families gives the names of the families, sorted.
func Families() []string {
	var list []string
	for _, s := range load().rows {
		list = append(list, s.Family)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Bug explains a bug id; the zero Text for an unknown one.
func Bug(id string) Text { return load().bugs[id] }

// Change is a new default between neighbouring rows of a family.
type Change struct {
	Family string `json:"family"`
	From   SDK    `json:"from"` // the older row; From.Versions.To is the last version with the old default
	To     SDK    `json:"to"`   // the newer row; To.Versions.From is the first with the new one
}

// Breaks says whether a token registered for the old default stops working. It
// does not where only the wire changed and servers never saw the flag.
func (c Change) Breaks() bool { return c.From.EffectiveFlag != c.To.EffectiveFlag }

// Changes lists where a default device flag changed between versions, on the
// wire or in effect.
func Changes() []Change {
	var list []Change
	rows := load().rows
	for i := 1; i < len(rows); i++ {
		a, b := rows[i-1], rows[i]
		if a.Family == b.Family && (a.WireFlag != b.WireFlag || a.EffectiveFlag != b.EffectiveFlag) {
			list = append(list, Change{Family: a.Family, From: a.clone(), To: b.clone()})
		}
	}
	return list
}
