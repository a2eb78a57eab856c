package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report"
)

func (a *app) versionCommand() *cli.Command {
	return a.command(&cli.Command{
		Name:  "version",
		Flags: a.formatFlags(report.Table, report.JSON), // nothing in it is a sentence, or has a colour
		Action: func(c *cli.Context) error {
			out, err := formats(c, report.Table, report.JSON)
			if err != nil {
				return err
			}
			v := struct {
				probe.Tool
				Go     string `json:"go"`
				Schema string `json:"diagnosis_schema"`
			}{probe.Tool{Name: "wkctl", Version: toolVersion(), OS: runtime.GOOS, Arch: runtime.GOARCH}, runtime.Version(), probe.Schema}
			return a.emit(out, func(buf *bytes.Buffer, f report.Format, _ report.Style) error {
				if f == report.JSON {
					enc := json.NewEncoder(buf)
					enc.SetIndent("", "  ")
					return enc.Encode(v)
				}
				_, err := fmt.Fprintf(buf, "wkctl %s %s/%s %s\n", v.Version, v.OS, v.Arch, v.Go)
				return err
			})
		},
	})
}
