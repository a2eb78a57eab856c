package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// dashed writes the name of a flag as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// meant gives what to type in place of a flag that a command does not have: the
// flag that does what the word does in other programs, else one that is spelt
// nearly the same; "" = nobody knows.
func (a *app) meant(c *cli.Command, name string) string {
	var names []string
	var offered []report.Format
	for _, f := range c.Flags {
		names = append(names, f.Names()...)
		offered = append(offered, a.formats[f]...)
	}
	instead := elsewhere()[name]
	if f, err := report.ParseFormat(name); err == nil && slices.Contains(offered, f) {
		instead = "format " + string(f)
	}
	for _, lang := range text.Langs() {
		if name == string(lang) {
			instead = "lang " + name
		}
	}
	flag, _, _ := strings.Cut(instead, " ")
	if instead != "" && slices.Contains(names, flag) {
		return dashed(instead)
	}
	if near := nearest(name, names); near != "" {
		return dashed(near)
	}
	return ""
}

// elsewhere gives our flag, and its value, for what other programs call so.
func elsewhere() map[string]string {
	return map[string]string{
		"v": "verbose", "vv": "verbose", "debug": "verbose", "d": "verbose", "q": "quiet", "s": "quiet", "silent": "quiet",
		"no-color": "color never", "no-colour": "color never", "nocolor": "color never", "colour": "color", "md": "format markdown",
		"o": "output", "out": "output", "file": "output", "f": "format", "k": "insecure", "insecure-skip-verify": "insecure", "cacert": "ca-cert",
		"u": "uid", "user": "uid", "url": "api", "server": "api", "host": "api", "addr": "api", "websocket": "ws", "t": "timeout", "deadline": "max-time",
		"language": "lang", "l": "lang", "device-flag": "token-flag", "client": "sdk", "origin": "page-origin", "token-from-stdin": "token-stdin",
	}
}

// sdkError says that there is no such SDK, or no such version of it.
func sdkError(flag, name string, err error) error {
	var unknown *sdk.UnknownError
	if !errors.As(err, &unknown) {
		return trouble("other", "said", err.Error())
	}
	family, version, _ := strings.Cut(strings.TrimSpace(name), "@")
	value := strconv.Quote(name)
	switch {
	case len(unknown.Versions) > 0:
		ranges := make([]string, len(unknown.Versions))
		for i, r := range unknown.Versions {
			ranges[i] = r.String()
		}
		return usage("sdk-version", "flag", flag, "value", value, "family", family, "version", strconv.Quote(version), "versions", strings.Join(ranges, ", "))
	case len(unknown.Near) > 0:
		return usage("sdk-near", "flag", flag, "value", value, "near", strings.Join(unknown.Near, ", "))
	}
	return usage("sdk-unknown", "flag", flag, "value", value, "names", strings.Join(sdk.Families(), ", "))
}
