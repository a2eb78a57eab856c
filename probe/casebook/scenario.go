package casebook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/wkctl/wkctl/probe/nesting"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// Scenario is a ticket that can be played: a server with its fault, what
// happened on it before, the command that the ticket's user would run, and what
// that command must name.
type Scenario struct {
	Ticket string            `yaml:"ticket"` // owner/repository#number, or any name
	Server Server            `yaml:"server"`
	Before []Step            `yaml:"before"` // in this order
	Files  map[string]string `yaml:"files"`  // name: content; the run finds them as {dir}/name
	Stdin  string            `yaml:"stdin"`
	Run    []string          `yaml:"run"` // the command without the program's name
	Expect Expect            `yaml:"expect"`
}

// Server is the stand-in, in the words of the server's own settings.
type Server struct {
	Generation    string    `yaml:"generation"` // "" = v2
	Version       string    `yaml:"version"`    // what the server says of itself; "" = nothing
	TokenAuth     *bool     `yaml:"token_auth"` // nil = on
	ManagerToken  string    `yaml:"manager_token"`
	VisitorSuffix string    `yaml:"visitor_suffix"` // "" = ___vstr
	Advertise     Addresses `yaml:"advertise"`      // what /route answers
	TLS           string    `yaml:"tls"`            // certificate of a wss listener; "" = no such listener
	Proxy         Proxy     `yaml:"proxy"`
	Faults        []string  `yaml:"faults"` // as --fault takes them
}

// Addresses are those of /route: "" = the real listener, "none" = an
// empty answer. They may hold the placeholders of [sandbox.Advertise].
type Addresses struct {
	TCP string `yaml:"tcp"`
	WS  string `yaml:"ws"`
	WSS string `yaml:"wss"`
}

// Proxy is a reverse proxy in front of the server.
type Proxy struct {
	Path     string `yaml:"path"`     // prefix that it handles; "" = all
	To       string `yaml:"to"`       // api, ws, wss, tcp or nothing
	Status   int    `yaml:"status"`   // answered instead of passing the request on
	Location string `yaml:"location"` // of a redirect
	Strip    bool   `yaml:"strip"`    // the Upgrade header is not passed on
	Else     string `yaml:"else"`     // where other paths go; "" = 404
	TLS      bool   `yaml:"tls"`      // it speaks https
}

// Step is one thing that happened before the run; exactly one field is
// set.
type Step struct {
	Token   *Token   `yaml:"token"`   // POST /user/token
	Quit    *Quit    `yaml:"quit"`    // POST /user/device_quit
	Ban     string   `yaml:"ban"`     // the uid
	Connect *Connect `yaml:"connect"` // a client that logs in and stays online
}

type Token struct {
	UID         string `yaml:"uid"`
	Token       string `yaml:"token"`
	DeviceFlag  uint8  `yaml:"device_flag"`
	DeviceLevel uint8  `yaml:"device_level"`
}

type Quit struct {
	UID        string `yaml:"uid"`
	DeviceFlag int    `yaml:"device_flag"` // -1 = flags 0, 1 and 2
}

type Connect struct {
	UID        string `yaml:"uid"`
	Token      string `yaml:"token"`
	DeviceFlag uint8  `yaml:"device_flag"`
	DeviceID   string `yaml:"device_id"`
	Reconnect  bool   `yaml:"reconnect"` // it logs in again whenever it is kicked
}

// Expect is what the run must end with.
type Expect struct {
	First *string  `yaml:"first"` // code of the first finding; "" = none at all; left out = any
	Codes []string `yaml:"codes"` // findings that must be among the rest
	Not   []string `yaml:"not"`   // findings that must not be there
	Says  []string `yaml:"says"`  // texts that the report or the error must hold
	// Unsaid are texts that neither may hold, whatever the case of their letters.
	Unsaid []string `yaml:"unsaid"`
	Exit   int      `yaml:"exit"`
}

// Parse reads a scenario strictly: a key that does not exist is an error with its
// line. An error is one line, without the name of the file.
func Parse(b []byte) (*Scenario, error) {
	sc, err := parse(b)
	if err != nil {
		// What follows the first line of a YAML error is the source with a pointer.
		said, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(said)
	}
	return sc, nil
}

func parse(b []byte) (*Scenario, error) {
	counts, err := nesting.Check(b)
	switch {
	case err != nil:
		return nil, err
	case counts.Shared > 0:
		return nil, fmt.Errorf("line %d: expected no anchors and aliases", counts.Shared)
	}
	var sc Scenario
	err = decode(b, &sc)
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, err
	}
	return &sc, sc.check()
}

// decode decodes with a foreign parser that has panicked on malformed input
// before.
func decode(b []byte, sc *Scenario) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("expected YAML")
		}
	}()
	return yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(sc)
}

// check finds what the types of YAML cannot say.
func (sc *Scenario) check() error {
	if err := sc.checkRun(); err != nil {
		return err
	}
	for i, step := range sc.Before {
		set := 0
		for _, have := range []bool{step.Token != nil, step.Quit != nil, step.Ban != "", step.Connect != nil} {
			if have {
				set++
			}
		}
		if set != 1 {
			return fmt.Errorf("before, step %d: expected one of token, quit, ban and connect", i+1)
		}
	}
	if _, err := sc.Server.config(); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	for name := range sc.Files {
		if name == "" || name != filepath.Base(name) || name == ".." {
			return fmt.Errorf("files: expected a name without a folder, got %q", name)
		}
	}
	return nil
}

// config is the stand-in that the server section describes.
func (s *Server) config() (sandbox.Config, error) {
	cfg := sandbox.Config{
		Generation: sandbox.Generation(s.Generation), Version: s.Version,
		NoTokenAuth: s.TokenAuth != nil && !*s.TokenAuth, ManagerToken: s.ManagerToken, VisitorSuffix: s.VisitorSuffix,
		Advertise: sandbox.Advertise{TCP: s.Advertise.TCP, WS: s.Advertise.WS, WSS: s.Advertise.WSS},
		TLS:       s.TLS,
		Proxy: sandbox.Proxy{
			Path: s.Proxy.Path, To: s.Proxy.To, Status: s.Proxy.Status, Location: s.Proxy.Location,
			Strip: s.Proxy.Strip, Else: s.Proxy.Else, TLS: s.Proxy.TLS,
		},
	}
	for _, text := range s.Faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return cfg, err
		}
		cfg.Faults = append(cfg.Faults, fault)
	}
	return cfg, nil
}
