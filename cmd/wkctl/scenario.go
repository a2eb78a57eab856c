package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/wkctl/wkctl/probe/nesting"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// scenario is a ticket that can be played: a server with its fault, what
// happened on it before, the command that the ticket's user would run, and what
// that command must name.
type scenario struct {
	Ticket string            `yaml:"ticket"` // owner/repository#number, or any name
	Server scenarioServer    `yaml:"server"`
	Before []scenarioStep    `yaml:"before"` // in this order
	Files  map[string]string `yaml:"files"`  // name: content; the run finds them as {dir}/name
	Stdin  string            `yaml:"stdin"`
	Run    []string          `yaml:"run"` // the command without the program's name
	Expect scenarioExpect    `yaml:"expect"`
}

// scenarioServer is the stand-in, in the words of the server's own settings.
type scenarioServer struct {
	Generation    string            `yaml:"generation"` // "" = v2
	Version       string            `yaml:"version"`    // what the server says of itself; "" = nothing
	TokenAuth     *bool             `yaml:"token_auth"` // nil = on
	ManagerToken  string            `yaml:"manager_token"`
	VisitorSuffix string            `yaml:"visitor_suffix"` // "" = ___vstr
	Advertise     scenarioAddresses `yaml:"advertise"`      // what /route answers
	TLS           string            `yaml:"tls"`            // certificate of a wss listener; "" = no such listener
	Proxy         scenarioProxy     `yaml:"proxy"`
	Faults        []string          `yaml:"faults"` // as --fault takes them
}

// scenarioAddresses are those of /route: "" = the real listener, "none" = an
// empty answer. They may hold the placeholders of [sandbox.Advertise].
type scenarioAddresses struct {
	TCP string `yaml:"tcp"`
	WS  string `yaml:"ws"`
	WSS string `yaml:"wss"`
}

// scenarioProxy is a reverse proxy in front of the server.
type scenarioProxy struct {
	Path     string `yaml:"path"`     // prefix that it handles; "" = all
	To       string `yaml:"to"`       // api, ws, wss, tcp or nothing
	Status   int    `yaml:"status"`   // answered instead of passing the request on
	Location string `yaml:"location"` // of a redirect
	Strip    bool   `yaml:"strip"`    // the Upgrade header is not passed on
	Else     string `yaml:"else"`     // where other paths go; "" = 404
	TLS      bool   `yaml:"tls"`      // it speaks https
}

// scenarioStep is one thing that happened before the run; exactly one field is
// set.
type scenarioStep struct {
	Token   *scenarioToken   `yaml:"token"`   // POST /user/token
	Quit    *scenarioQuit    `yaml:"quit"`    // POST /user/device_quit
	Ban     string           `yaml:"ban"`     // the uid
	Connect *scenarioConnect `yaml:"connect"` // a client that logs in and stays online
}

type scenarioToken struct {
	UID         string `yaml:"uid"`
	Token       string `yaml:"token"`
	DeviceFlag  uint8  `yaml:"device_flag"`
	DeviceLevel uint8  `yaml:"device_level"`
}

type scenarioQuit struct {
	UID        string `yaml:"uid"`
	DeviceFlag int    `yaml:"device_flag"` // -1 = flags 0, 1 and 2
}

type scenarioConnect struct {
	UID        string `yaml:"uid"`
	Token      string `yaml:"token"`
	DeviceFlag uint8  `yaml:"device_flag"`
	DeviceID   string `yaml:"device_id"`
	Reconnect  bool   `yaml:"reconnect"` // it logs in again whenever it is kicked
}

// scenarioExpect is what the run must end with.
type scenarioExpect struct {
	First *string  `yaml:"first"` // code of the first finding; "" = none at all; left out = any
	Codes []string `yaml:"codes"` // findings that must be among the rest
	Not   []string `yaml:"not"`   // findings that must not be there
	Says  []string `yaml:"says"`  // texts that the report or the error must hold
	// Unsaid are texts that neither may hold, whatever the case of their letters.
	Unsaid []string `yaml:"unsaid"`
	Exit   int      `yaml:"exit"`
}

// readScenario reads a file strictly: a key that does not exist is an error
// with its line.
func (sh *shell) readScenario(ctx context.Context, path string) (*scenario, error) {
	b, err := sh.readInput(ctx, "scenario", path, maxScenario)
	if err != nil {
		return nil, err
	}
	sc, err := parseScenario(path, b)
	if err != nil {
		return nil, err
	}
	if flag := sc.reachesOut(); flag != "" && !sh.allowCommands {
		return nil, usage("scenario-reaches-out", "file", path, "flag", flag)
	}
	return sc, nil
}

func parseScenario(path string, b []byte) (*scenario, error) {
	var sc scenario
	counts, err := nesting.Check(b)
	switch {
	case err != nil:
		return nil, badScenario(path, err)
	case counts.Shared > 0:
		return nil, badScenario(path, fmt.Errorf("line %d: expected no anchors and aliases", counts.Shared))
	}
	err = decodeScenario(b, &sc)
	switch {
	case err == nil:
		err = sc.check()
	case errors.Is(err, io.EOF):
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, badScenario(path, err)
	}
	return &sc, nil
}

// decodeScenario decodes with a foreign parser that has panicked on malformed input
// before.
func decodeScenario(b []byte, sc *scenario) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("expected YAML")
		}
	}()
	return yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(sc)
}

// badScenario quotes the first line of an error only: what follows it in a YAML
// error is the source with a pointer.
func badScenario(path string, err error) error {
	said, _, _ := strings.Cut(err.Error(), "\n")
	return usage("scenario", "file", path, "why", said)
}

// check finds what the types of YAML cannot say.
func (sc *scenario) check() error {
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
func (s *scenarioServer) config() (sandbox.Config, error) {
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

// serverLog is the file that {log} names: the stand-in writes to it what a server
// logs about refused logins.
const serverLog = "server.log"

// stage is a scenario whose server is up and on which everything has happened
// that came before the run.
type stage struct {
	sc      *scenario
	server  *sandbox.Server
	clients []*sandbox.Client // those of connect steps, in order
	dir     string            // of the files
	log     *os.File
}

// start sets the stage; close takes it down.
func (sc *scenario) start(ctx context.Context) (_ *stage, err error) {
	st := &stage{sc: sc}
	defer func() {
		if err != nil {
			st.close()
		}
	}()
	if st.dir, err = os.MkdirTemp("", "wkctl-scenario-"); err != nil {
		return nil, err
	}
	if st.log, err = os.OpenFile(filepath.Join(st.dir, serverLog), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	cfg, err := sc.Server.config()
	if err != nil {
		return nil, err
	}
	cfg.Log = st.log
	if st.server, err = sandbox.Start(ctx, cfg); err != nil {
		return nil, err
	}
	return st, st.prepare()
}

func (st *stage) close() {
	for _, c := range st.clients {
		c.Close()
	}
	if st.server != nil {
		st.server.Close()
	}
	if st.log != nil {
		_ = st.log.Close()
	}
	if st.dir != "" {
		_ = os.RemoveAll(st.dir)
	}
}

// caFile is where {ca} points: the certificate to trust for the wss listener.
const caFile = "ca.pem"

// prepare writes the files and plays the steps.
func (st *stage) prepare() error {
	files := map[string]string{}
	if pem := st.server.CACert(); pem != nil {
		files[caFile] = string(pem)
	}
	for name, content := range st.sc.Files {
		files[name] = st.expand(content)
	}
	for name, content := range files {
		if name == serverLog { // what stood in it before; the server goes on behind it
			if _, err := st.log.WriteString(content); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(st.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	for i, step := range st.sc.Before {
		if err := st.play(step); err != nil {
			return fmt.Errorf("before, step %d: %w", i+1, err)
		}
	}
	return nil
}

// play carries a step out inside the server, so that its request log holds the
// run's requests alone.
func (st *stage) play(step scenarioStep) error {
	switch {
	case step.Token != nil:
		t := step.Token
		st.server.Register(t.UID, t.Token, t.DeviceFlag, t.DeviceLevel)
	case step.Quit != nil:
		st.server.Quit(step.Quit.UID, step.Quit.DeviceFlag)
	case step.Ban != "":
		st.server.Ban(step.Ban)
	case step.Connect != nil:
		c := step.Connect
		client, err := st.server.Online(sandbox.Login{
			UID: c.UID, Token: c.Token, Flag: c.DeviceFlag, DeviceID: c.DeviceID, Reconnect: c.Reconnect,
		})
		if err != nil {
			return err
		}
		st.clients = append(st.clients, client)
	}
	return nil
}

// expand fills in the placeholders of a text.
func (st *stage) expand(s string) string {
	pairs := []string{"{dir}", st.dir, "{ca}", filepath.Join(st.dir, caFile), "{log}", filepath.Join(st.dir, serverLog), "{tcp}", st.server.TCPAddr(), "{tcp_host}", st.server.TCPAddr()}
	for name, url := range map[string]string{
		"api": st.server.APIURL(), "ws": st.server.WSURL(), "wss": st.server.WSSURL(),
		"proxy": st.server.ProxyURL(), "manager": st.server.ManagerURL(),
	} {
		_, host, _ := strings.Cut(url, "://")
		pairs = append(pairs, "{"+name+"}", url, "{"+name+"_host}", host)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// args is the scenario's command.
func (st *stage) args() []string {
	args := []string{"wkctl"}
	for _, a := range st.sc.Run {
		args = append(args, st.expand(a))
	}
	return args
}
