package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report"
)

func (a *app) sdksCommand() *cli.Command {
	return a.command(&cli.Command{
		Name: "sdks",
		Flags: append([]cli.Flag{
			a.text("client", "name", ""),
			a.text("client", "flag", ""),
		}, a.outputFlags(report.Table, report.JSON, report.Markdown)...),
		Action: a.sdks,
	})
}

// sdks prints the catalogue of SDKs, or a part of it. It asks no server.
func (a *app) sdks(c *cli.Context) error {
	out, err := a.outputs(c, report.Table, report.JSON, report.Markdown)
	if err != nil {
		return err
	}
	rows, full, err := chosenSDKs(c)
	if err != nil {
		return err
	}
	if c.Bool("verbose") {
		full = rows
	}
	return a.emit(out, func(buf *bytes.Buffer, f report.Format, s report.Style) error {
		return report.SDKs(buf, rows, report.SDKsOptions{Format: f, Style: s, Full: full})
	})
}

// chosenSDKs gives the rows that --name and --flag choose, and those of them to
// print in full: what --name says as --sdk would take it, so that of a bare family
// all rows are listed and the newest is printed in full.
func chosenSDKs(c *cli.Context) (rows, full []sdk.SDK, err error) {
	rows = sdk.All()
	if names := c.String("name"); names != "" {
		if full, err = sdkList("name", names); err != nil {
			return nil, nil, err
		}
		rows = slices.DeleteFunc(rows, func(s sdk.SDK) bool { return !named(s, names, full) })
	}
	if raw := c.String("flag"); raw != "" {
		flag, err := parseFlag("flag", raw)
		if err != nil {
			return nil, nil, err
		}
		rows, full = withFlag(rows, flag), withFlag(full, flag)
	}
	if len(rows) == 0 {
		return nil, nil, usage("sdk-none")
	}
	return rows, full, nil
}

// named says whether a row is one of full, or of a family that is named bare.
func named(s sdk.SDK, names string, full []sdk.SDK) bool {
	for _, name := range strings.Split(names, ",") {
		if strings.EqualFold(strings.TrimSpace(name), s.Family) {
			return true
		}
	}
	return slices.ContainsFunc(full, func(f sdk.SDK) bool { return f.ID == s.ID })
}

// withFlag keeps the rows that send a flag, or that servers count under it.
func withFlag(list []sdk.SDK, flag wire.DeviceFlag) []sdk.SDK {
	return slices.DeleteFunc(slices.Clone(list), func(s sdk.SDK) bool { return s.WireFlag != flag && s.EffectiveFlag != flag })
}
