package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one thing that goes wrong on purpose, written name[:argument].
// [FaultHelp] lists them.
type Fault struct {
	// Name is the part before the first colon.
	Name string
	// Delay is the argument of faults that take a duration.
	Delay time.Duration
	// Count is how often it happens; 0 means always.
	Count int
	// Status, Path and Text describe an API answer; Path "" means every path.
	Status int
	Path   string
	Text   string
}

// faultKind is how a fault's argument is written.
type faultKind int

const (
	plain    faultKind = iota // name
	timed                     // name:500ms
	counted                   // name or name:3
	pathed                    // name or name:/user/token
	answered                  // name:400:/user/token:text
)

type faultRow struct {
	name string
	kind faultKind
	help string
}

// faultTable documents every fault. Those without "api" or a listener in their
// name play on the ws, wss and tcp listeners alike.
func faultTable() []faultRow {
	return []faultRow{
		{"refuse", plain, "the ws, wss and tcp ports are closed"},
		{"refuse-ws", plain, "the ws port is closed"},
		{"refuse-wss", plain, "the wss port is closed"},
		{"refuse-tcp", plain, "the tcp port is closed"},
		{"refuse-api", plain, "the API port is closed"},
		{"reset-on-dial", counted, "the first N dials (default all) are reset after the accept"},
		{"no-upgrade", plain, "the WebSocket upgrade is never answered"},
		{"mute", plain, "the socket opens, nothing that follows is answered or closed"},
		{"garbage", plain, "a CONNECT is answered with bytes that are no frame"},
		{"close-on-connect", plain, "a CONNECT is answered by closing the socket"},
		{"slow", timed, "the verdict on a CONNECT takes this long"},
		{"lose-first", plain, "the first CONNECT of each uid is lost (2.0.8)"},
		{"lose", counted, "the first N CONNECTs of all uids together (default all) are lost"},
		{"no-connack", plain, "a login succeeds, its CONNACK is lost, PING works (2.0.8 to 2.2.5, tcp)"},
		{"short-salt", plain, "the CONNACK carries 8 bytes of salt instead of 16"},
		{"short-server-key", plain, "the CONNACK carries half a server key"},
		{"drop-after", timed, "a login is closed after this time, without DISCONNECT"},
		{"kick-after", timed, "a login is sent DISCONNECT 12 after this time and closed"},
		{"no-pong", plain, "a PING after login is not answered"},
		{"api-500", pathed, "the API answers 500 with an empty body"},
		{"api-error", answered, "the API answers this status with this msg, api-error:400:/user/token:text"},
		{"api-slow", timed, "every API answer takes this long"},
		{"api-mute", pathed, "the API never answers"},
		{"api-reset", pathed, "the API resets the connection"},
		{"api-html", plain, "the API port serves a web page"},
		{"lose-token", plain, "POST /user/token answers 200 and stores nothing"},
		{"node-offline", plain, "/cluster/nodes lists a second node that is offline"},
	}
}

// FaultHelp returns one line for each fault: how it is written and what it does.
func FaultHelp() []string {
	suffix := map[faultKind]string{timed: ":DURATION", counted: "[:N]", pathed: "[:PATH]", answered: ":STATUS[:PATH[:TEXT]]"}
	lines := make([]string, 0, len(faultTable()))
	for _, row := range faultTable() {
		lines = append(lines, fmt.Sprintf("%s%s: %s", row.name, suffix[row.kind], row.help))
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
	f := Fault{Name: name}
	var err error
	switch kind := table[i].kind; {
	case kind == timed:
		f.Delay, err = time.ParseDuration(arg)
		if err == nil && f.Delay <= 0 {
			err = fmt.Errorf("not positive")
		}
	case kind == answered:
		err = f.parseAnswer(arg)
	case !has:
	case kind == counted:
		f.Count, err = strconv.Atoi(arg)
		if err == nil && f.Count < 1 {
			err = fmt.Errorf("not positive")
		}
	case kind == pathed && strings.HasPrefix(arg, "/"):
		f.Path = arg
	default:
		err = fmt.Errorf("argument not wanted")
	}
	if err != nil {
		return Fault{}, fmt.Errorf("reading fault %q: expected %s", text, FaultHelp()[i])
	}
	return f, nil
}

func (f *Fault) parseAnswer(arg string) error {
	status, rest, _ := strings.Cut(arg, ":")
	f.Path, f.Text, _ = strings.Cut(rest, ":")
	n, err := strconv.Atoi(status)
	if err != nil || n < 200 || n > 599 || (f.Path != "" && !strings.HasPrefix(f.Path, "/")) {
		return fmt.Errorf("not a status and a path")
	}
	f.Status = n
	return nil
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
	switch {
	case f.Status != 0:
		return strings.TrimRight(fmt.Sprintf("%s:%d:%s:%s", f.Name, f.Status, f.Path, f.Text), ":")
	case f.Delay != 0:
		return f.Name + ":" + f.Delay.String()
	case f.Count != 0:
		return f.Name + ":" + strconv.Itoa(f.Count)
	case f.Path != "":
		return f.Name + ":" + f.Path
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

func (s *Server) has(name string) bool {
	_, ok := s.fault(name)
	return ok
}
