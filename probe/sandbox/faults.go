package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fault is one thing that goes wrong on purpose, written name[:argument].
// [FaultHelp] lists them.
type Fault struct {
	// Name is the part before the first colon.
	Name string
	// Delay is the argument of faults that take a duration, and the Retry-After of
	// rate-limit, in whole seconds.
	Delay time.Duration
	// Count is how often it happens, 0 meaning always; requests per second of
	// rate-limit; the slots that fail of forward-fails.
	Count int
	// Of is the number of slots of forward-fails.
	Of int
	// Flag is the device flag of refuse-flag and slow-flag.
	Flag uint8
	// Status, Path and Text describe an API answer; Path "" means every path.
	// Text is the URL of redirect-api.
	Status int
	Path   string
	Text   string
}

// FaultHelp returns one line for each fault: how it is written and what it does.
func FaultHelp() []string {
	lines := make([]string, 0, len(faultTable()))
	for _, row := range faultTable() {
		lines = append(lines, fmt.Sprintf("%s%s: %s", row.name, row.kind.form, row.help))
	}
	return lines
}

// ParseFault reads a fault as [FaultHelp] writes it.
func ParseFault(text string) (Fault, error) {
	name, arg, has := strings.Cut(text, ":")
	table := faultTable()
	i := slices.IndexFunc(table, func(row faultRow) bool { return row.name == name })
	if i < 0 {
		names := make([]string, len(table))
		for i, row := range table {
			names[i] = row.name
		}
		return Fault{}, fmt.Errorf("unknown fault %q, expected one of %s", text, strings.Join(names, ", "))
	}
	f, kind := Fault{Name: name}, table[i].kind
	good := strings.HasPrefix(kind.form, "[") || kind.form == "" // the argument may be left out
	if has {
		good = kind.read != nil && kind.read(&f, arg)
	}
	if !good {
		return Fault{}, fmt.Errorf("reading fault %q: expected %s", text, FaultHelp()[i])
	}
	return f, nil
}

// UnmarshalText lets YAML and JSON documents hold faults as strings.
func (f *Fault) UnmarshalText(text []byte) error {
	parsed, err := ParseFault(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}

// String writes the fault as [ParseFault] reads it.
func (f Fault) String() string {
	table := faultTable()
	i := slices.IndexFunc(table, func(row faultRow) bool { return row.name == f.Name })
	if i < 0 || table[i].kind.write == nil {
		return f.Name
	}
	if arg := table[i].kind.write(f); arg != "" {
		return f.Name + ":" + arg
	}
	return f.Name
}

// fault returns the configured fault of that name.
func (s *Server) fault(name string) (Fault, bool) {
	for _, f := range s.cfg.Faults {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}

// faultOf returns the first fault of that name for a device flag.
func (s *Server) faultOf(name string, flag uint8) (Fault, bool) {
	for _, f := range s.cfg.Faults {
		if f.Name == name && f.Flag == flag {
			return f, true
		}
	}
	return Fault{}, false
}

func (s *Server) has(name string) bool {
	_, ok := s.fault(name)
	return ok
}
