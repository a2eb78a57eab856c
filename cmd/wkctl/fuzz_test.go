package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/wire"
)

// FuzzCredentials: any document gives a token or a usage error that shows none.
func FuzzCredentials(f *testing.F) {
	const head = `{"schema":"wkctl.credentials/v1","uid":"u","tokens":`
	for _, text := range []string{
		head + `[{"device_flag":1,"token":"hush-token"}]}`, head + `[{"device_flag":0,"token":"T0"},{"device_flag":1,"token":"MANAGER"}]}`,
		head + `null}`, head + `[{"device_flag":256,"token":"hush-token"}]}`, head + `[{"device_flag":-1}]}`, head + `{}}`, `[]`, ``, `{"schema":1}`,
		`{"schema":"wkctl.credentials/v1","uid":"u","api":"http://hush-token@a","ws":"ws://a?t=hush-token"}`, "\xff\xfe{",
	} {
		f.Add([]byte(text), uint8(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, flag uint8) {
		doc, err := parseDocument("c.json", b)
		token := ""
		if err == nil {
			token, _, err = doc.token("c.json", wire.DeviceFlag(flag))
		}
		if err == nil {
			if doc.UID == "" || isAlias(token) {
				t.Errorf("%q was taken", b)
			}
			return
		}
		var user *userError
		if !errors.As(err, &user) || user.code != exitUsage {
			t.Fatalf("%q: %v", b, err)
		}
		for _, arg := range user.args {
			if strings.Contains(arg, "hush-token") {
				t.Errorf("%q: the message shows a token: %v", b, user.args)
			}
		}
	})
}

// offline are the flags behind every command line that talks to a server: the
// words before can be anything, and nothing but a closed port of this machine is
// dialled.
func offline() []string {
	return []string{"--api", "http://127.0.0.1:1", "--ws", "ws://127.0.0.1:1", "--timeout", "100ms", "--max-time", "1s"}
}

// tame keeps a command line from doing what a test must not: run commands, write
// files, listen on other addresses, read devices.
func tame(words []string) []string {
	for i, w := range words {
		for _, word := range []string{"command", "output", "addr", "check", "/dev", "/proc", "manager"} {
			w = strings.ReplaceAll(w, word, "x")
		}
		words[i] = strings.ReplaceAll(w, "\x00", "")
	}
	if len(words) > 0 && slices.Contains([]string{"diagnose", "connect", "register", "token"}, words[0]) {
		words = append(words, offline()...)
	}
	return words
}

// FuzzCommandLine: whatever is typed, wkctl ends with one of its exit codes, and
// stderr holds no control character.
func FuzzCommandLine(f *testing.F) {
	for _, line := range []string{
		"", "help", "--version", "-h", "diagnose", "diagnose|--flags|0-5|--format|json", "diagnose|--uid|u|--token|t|--sweep", "diagnose|--token-flag|0|--sdk|js@1.2.8", "diagnose|--sandbox|v9",
		"register|--uid|\x1b[31m", "token|--uid|u|--list", "connect|--credentials|-", "connect|--uid|u|--token-stdin", "explain|WK501", "explain|--log|-", "report|-", "sdks|--flag|1", "version|--format|json",
		"completion|bash", "man", "__complete|diagnose|--fl", "sandbox|--fault|nothing", "sandbox|--scenario|nowhere.yaml", "--lang|zh|diagnose", "diagnose|--lang=zh|--|x", "diagnose|-ascii=no", "explain|--|-x",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) > 4096 {
			t.Skip()
		}
		words := tame(strings.Split(line, "|"))
		bubble(t, func(t *testing.T, n *memnet.Network) { endsProperly(t, n, words) })
	})
}

// endsProperly runs a command line for as long as any of them may take.
func endsProperly(t *testing.T, n *memnet.Network, words []string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if slices.Contains(words, "sandbox") {
		defer time.AfterFunc(200*time.Millisecond, cancel).Stop() // its proper end
	}
	var stdout, stderr bytes.Buffer
	w := &world{
		stdin: strings.NewReader("x"), stdout: stream{Writer: &stdout}, stderr: stream{Writer: &stderr},
		getenv: func(string) string { return "" }, texts: sharedTexts(), network: network{dial: n.Dial, listen: n.Listen},
	}
	start := time.Now()
	code := run(ctx, w, append([]string{"wkctl"}, words...))
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("%q took %s", words, took)
	}
	if !slices.Contains([]int{exitOK, exitFinding, exitUsage, exitNoDiagnosis, exitInterrupted}, code) {
		t.Errorf("%q: exit code %d", words, code)
	}
	if i := strings.IndexFunc(stderr.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%q: stderr %q", words, &stderr)
	}
}
