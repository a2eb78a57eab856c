package main

import (
	"io"
	"net"
	"os"
	"runtime/debug"
	"strings"

	"github.com/mattn/go-colorable"
	"golang.org/x/term"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/report/text"
)

// world is everything of the process that a command may touch, so that tests
// can put something else in its place.
type world struct {
	stdin          io.Reader
	stdout, stderr stream
	getenv         func(string) string
	uiLanguage     func() string                 // language of the operating system, such as "zh-CN", "" = it does not say; nil = it is not asked
	texts          func(text.Lang) *text.Printer // nil = text.New
	network        network
}

// network is where a command dials and where a stand-in listens; nil = the
// system's.
type network struct {
	dial   measure.DialFunc
	listen func(network, address string) (net.Listener, error)
}

func (w *world) printer(lang text.Lang) *text.Printer {
	if w.texts == nil {
		return text.New(lang)
	}
	return w.texts(lang)
}

// locale gives an environment variable that names a language. LANG is the last that
// is asked for: where it is not set either, the operating system's language counts.
func (w *world) locale(name string) string {
	v := w.getenv(name)
	if v == "" && name == "LANG" && w.uiLanguage != nil {
		return w.uiLanguage()
	}
	return v
}

// stream is an output with what is known of the terminal behind it.
type stream struct {
	io.Writer
	tty   bool
	width int // columns; 0 = not a terminal
}

func osWorld() *world {
	dropEmptyEnv()
	return &world{
		stdin:      os.Stdin,
		stdout:     osStream(os.Stdout),
		stderr:     osStream(os.Stderr),
		getenv:     os.Getenv,
		uiLanguage: uiLanguage,
	}
}

func osStream(f *os.File) stream {
	s := stream{Writer: colorable.NewColorable(f), tty: term.IsTerminal(int(f.Fd()))}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil {
		s.width = w
	}
	return s
}

// envPrefix begins the name of every environment variable of ours.
const envPrefix = "WKCTL_"

// dropEmptyEnv makes an empty variable count as unset: CI systems pass empty
// strings for secrets that do not exist.
func dropEmptyEnv() {
	for _, kv := range os.Environ() {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, envPrefix) && value == "" {
			_ = os.Unsetenv(name)
		}
	}
}

// version is set by the release build (-ldflags -X main.version=…); it is the
// one package variable, because the linker can set nothing else.
var version string

// toolVersion gives the release, else what the Go toolchain stamped.
func toolVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
