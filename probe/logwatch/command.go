package logwatch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"time"
)

// command is a command that shows the server's log, such as `docker logs -f`.
// It runs in a process group of its own, so that all of it can be ended.
type command struct {
	cmd    *exec.Cmd
	out    *os.File      // its stdout and stderr
	exited chan struct{} // closed when it has ended
	once   sync.Once
	stop   func() bool // no need to end it with the run any more

	err error // how it ended; read after exited
}

// killAfter is how long a command may take to end when asked to.
const killAfter = 300 * time.Millisecond

func startCommand(ctx context.Context, line string, env []string) (*command, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &command{cmd: shellCommand(line), out: r, exited: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = w, w
	c.cmd.Env = env
	err = c.cmd.Start()
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	go func() {
		defer close(c.exited)
		c.err = c.cmd.Wait()
	}()
	// Whatever becomes of the run, the command does not outlive it.
	c.stop = context.AfterFunc(ctx, c.finish)
	return c, nil
}

func (c *command) Read(b []byte) (int, error) { return c.out.Read(b) }

// finish ends the command. What it has written can still be read.
func (c *command) finish() {
	c.once.Do(func() {
		select {
		case <-c.exited:
			return
		default:
		}
		endGroup(c.cmd)
		select {
		case <-c.exited:
		case <-time.After(killAfter):
		}
		killGroup(c.cmd) // whatever of the group is left
	})
}

// close ends the command and gives how it ended by itself, if it did.
func (c *command) close() error {
	defer c.stop()
	select {
	case <-c.exited:
	default:
		c.finish()
		_ = c.out.Close()
		return nil
	}
	c.finish()
	_ = c.out.Close()
	return c.err
}

// The exit codes with which a shell says that it cannot run a command.
const (
	notExecutable = 126
	noSuchCommand = 127
)

// notFound says that there was no such command, nil where it has run.
func (c *command) notFound() error {
	select {
	case <-c.exited:
	case <-time.After(killAfter):
		return nil
	}
	var exit *exec.ExitError
	if errors.As(c.err, &exit) && (exit.ExitCode() == noSuchCommand || exit.ExitCode() == notExecutable) {
		return c.err
	}
	return nil
}
