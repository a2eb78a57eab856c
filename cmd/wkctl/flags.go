package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report"
	"github.com/wkctl/wkctl/report/text"
)

// Flags are made by these helpers so that each has its environment variable and
// its help from the text catalogue. Nothing is Required in the library's sense:
// that would print the help on stdout.

func env(name string) []string {
	return []string{envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}
}

func (a *app) text(category, name, value string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Value: value, Category: a.category(category), Usage: a.say.Text("flag." + name), EnvVars: env(name)}
}

// textAs is text with a help of its own.
func (a *app) textAs(category, name, id string) *cli.StringFlag {
	f := a.text(category, name, "")
	f.Usage = a.say.Text("flag." + id)
	return f
}

func (a *app) list(category, name string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: name, Category: a.category(category), Usage: a.say.Text("flag." + name), EnvVars: env(name)}
}

func (a *app) boolFlag(category, name string) *cli.BoolFlag {
	return &cli.BoolFlag{Name: name, Category: a.category(category), Usage: a.say.Text("flag." + name), EnvVars: env(name)}
}

func (a *app) duration(category, name string, value time.Duration) *cli.DurationFlag {
	return &cli.DurationFlag{Name: name, Value: value, Category: a.category(category), Usage: a.say.Text("flag." + name), EnvVars: env(name)}
}

// fromCommandLine says whether a flag was typed. The library's IsSet is true
// for a value of the environment, too.
func (a *app) fromCommandLine(name string) bool {
	return slices.ContainsFunc(a.args, func(arg string) bool {
		arg, _, _ = strings.Cut(arg, "=")
		return arg == "--"+name || arg == "-"+name
	})
}

// firstOf gives the first of the flags that was typed; "" = none.
func (a *app) firstOf(names ...string) string {
	if i := slices.IndexFunc(names, a.fromCommandLine); i >= 0 {
		return names[i]
	}
	return ""
}

func (a *app) category(id string) string { return a.say.Text("category." + id) }

// serverFlags say where the server is; every command that talks to one has them.
// The manager token itself comes by file or environment only: on a command line
// it would stand in the shell's history and in the process list.
func (a *app) serverFlags() []cli.Flag {
	return []cli.Flag{
		a.text("server", "api", defaultAPI),
		a.text("server", "ws", ""),
		a.text("server", "manager-token-file", ""),
		a.ruled(a.text("server", "ca-cert", ""), flagRule{against: []string{"insecure"}}),
		a.boolFlag("server", "insecure"),
		a.duration("server", "timeout", 5*time.Second),
		a.duration("server", "max-time", 0),
		a.duration("server", "wait", 0),
	}
}

// outputFlags say how the report looks and where it goes. The formats are those
// that the command offers; none = all.
func (a *app) outputFlags(formats ...report.Format) []cli.Flag {
	return append(a.formatFlags(formats...),
		a.langFlag(),
		a.text("output", "color", "auto"),
		a.boolFlag("output", "ascii"),
		a.boolFlag("output", "verbose"),
	)
}

// formatFlags choose format and place alone.
func (a *app) formatFlags(formats ...report.Format) []cli.Flag {
	f, o := a.text("output", "format", "table"), a.list("output", "output")
	f.Usage = a.say.Text("flag.format", text.Args{"choices": choices(formats)})
	a.offers(formats, f, o)
	return []cli.Flag{f, o}
}

// offers keeps which formats flags take; none = all.
func (a *app) offers(formats []report.Format, flags ...cli.Flag) {
	if a.formats == nil {
		a.formats = map[cli.Flag][]report.Format{}
	}
	if len(formats) == 0 {
		formats = report.Formats()
	}
	for _, f := range flags {
		a.formats[f] = formats
	}
}

// langFlag chooses the language; its help names those that there are.
func (a *app) langFlag() *cli.StringFlag {
	f := a.text("output", "lang", text.Auto)
	f.Usage = a.say.Text("flag.lang", text.Args{"choices": strings.Join(spoken(), a.say.Text("list.separator"))})
	return f
}

// parseFlags reads device flags: numbers, names and ranges, comma-separated:
// "0,1,2", "app,web", "0-255". Each is kept once, in the order given.
func parseFlags(flag, s string) ([]wire.DeviceFlag, error) {
	var list []wire.DeviceFlag
	seen := map[wire.DeviceFlag]bool{}
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, errA := wire.ParseDeviceFlag(from)
		b, errB := wire.ParseDeviceFlag(to)
		if errA != nil || errB != nil || a > b {
			return nil, usage("device-flag", "flag", flag, "value", strconv.Quote(part))
		}
		for f := int(a); f <= int(b); f++ {
			if d := wire.DeviceFlag(f); !seen[d] {
				seen[d] = true
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// parseFlag reads exactly one device flag.
func parseFlag(flag, s string) (wire.DeviceFlag, error) {
	f, err := wire.ParseDeviceFlag(strings.TrimSpace(s))
	if err != nil {
		return 0, usage("device-flag-one", "flag", flag, "value", strconv.Quote(s))
	}
	return f, nil
}

// secretFile reads a token from a file, without the line end that editors add.
func (a *app) secretFile(ctx context.Context, flag, path string) (string, error) {
	b, err := a.readInput(ctx, flag, path, maxToken)
	var user *userError
	if errors.As(err, &user) && user.args["why"] != "" && !looksLikeFile(path) {
		return "", usage("file-token", "flag", flag, "why", user.args["why"])
	}
	if err != nil {
		return "", err
	}
	value := strings.TrimRight(string(b), "\r\n")
	if err := inUTF8(flag, value); err != nil {
		return "", err
	}
	if strings.ContainsAny(value, "\r\n") {
		return "", usage("file-lines", "flag", flag, "file", path)
	}
	return value, nil
}

// looksLikeFile guards against the token itself given as the name of its file,
// which must not be repeated in an error: a name has an ending, or a place.
func looksLikeFile(path string) bool {
	ending := filepath.Ext(path)
	if len(ending) > 1 && len(ending) < 8 && len(path) < 100 || filepath.IsAbs(path) {
		return true
	}
	dir, err := os.Stat(filepath.Dir(path))
	return filepath.Dir(path) != "." && err == nil && dir.IsDir()
}
