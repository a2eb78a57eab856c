package casebook

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// serverLog is the file that {log} names: the stand-in writes to it what a server
// logs about refused logins.
const serverLog = "server.log"

// Stage is a scenario whose server is up and on which everything has happened
// that came before the run.
type Stage struct {
	Scenario *Scenario
	Server   *sandbox.Server
	Clients  []*sandbox.Client // those of connect steps, in order
	dir      string            // of the files
	log      *os.File
}

// Network is where the stand-in listens and what its reverse proxy dials with, as
// [sandbox.Config] has them; nil = the machine's own.
type Network struct {
	Listen func(network, address string) (net.Listener, error)
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// Start sets the stage on a network; [Stage.Close] takes it down.
func (sc *Scenario) Start(ctx context.Context, on Network) (_ *Stage, err error) {
	st := &Stage{Scenario: sc}
	defer func() {
		if err != nil {
			st.Close()
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
	cfg.Log, cfg.Listen, cfg.Dial = st.log, on.Listen, on.Dial
	if st.Server, err = sandbox.Start(ctx, cfg); err != nil {
		return nil, err
	}
	return st, st.prepare()
}

// Close takes everything down, and the files away.
func (st *Stage) Close() {
	for _, c := range st.Clients {
		c.Close()
	}
	if st.Server != nil {
		st.Server.Close()
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
func (st *Stage) prepare() error {
	files := map[string]string{}
	if pem := st.Server.CACert(); pem != nil {
		files[caFile] = string(pem)
	}
	for name, content := range st.Scenario.Files {
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
	for i, step := range st.Scenario.Before {
		if err := st.play(step); err != nil {
			return fmt.Errorf("before, step %d: %w", i+1, err)
		}
	}
	return nil
}

// play carries a step out inside the server, so that its request log holds the
// run's requests alone.
func (st *Stage) play(step Step) error {
	switch {
	case step.Token != nil:
		t := step.Token
		st.Server.Register(t.UID, t.Token, t.DeviceFlag, t.DeviceLevel)
	case step.Quit != nil:
		st.Server.Quit(step.Quit.UID, step.Quit.DeviceFlag)
	case step.Ban != "":
		st.Server.Ban(step.Ban)
	case step.Connect != nil:
		c := step.Connect
		client, err := st.Server.Online(sandbox.Login{
			UID: c.UID, Token: c.Token, Flag: c.DeviceFlag, DeviceID: c.DeviceID, Reconnect: c.Reconnect,
		})
		if err != nil {
			return err
		}
		st.Clients = append(st.Clients, client)
	}
	return nil
}

// expand fills in the placeholders of a text.
func (st *Stage) expand(s string) string {
	pairs := []string{"{dir}", st.dir, "{ca}", filepath.Join(st.dir, caFile), "{log}", filepath.Join(st.dir, serverLog), "{tcp}", st.Server.TCPAddr(), "{tcp_host}", st.Server.TCPAddr()}
	for name, url := range map[string]string{
		"api": st.Server.APIURL(), "ws": st.Server.WSURL(), "wss": st.Server.WSSURL(),
		"proxy": st.Server.ProxyURL(), "manager": st.Server.ManagerURL(),
	} {
		_, host, _ := strings.Cut(url, "://")
		pairs = append(pairs, "{"+name+"}", url, "{"+name+"_host}", host)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Args is the scenario's command, the program's name first.
func (st *Stage) Args() []string {
	args := []string{"wkctl"}
	for _, a := range st.Scenario.Run {
		args = append(args, st.expand(a))
	}
	return args
}
