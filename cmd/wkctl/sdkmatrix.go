package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// allSDKs is the value of --sdk that means every row of the catalogue.
const allSDKs = "all"

// sdkFlag is --sdk of a command that takes several.
func (a *app) sdkFlag(category string) cli.Flag {
	f := a.text(category, "sdk", "js")
	f.Usage = a.say.Text("flag.sdk-many")
	return f
}

// severalSDKs says whether --sdk asks for the second table: "all", or a list.
func severalSDKs(c *cli.Context) bool {
	name := strings.TrimSpace(c.String("sdk"))
	return strings.EqualFold(name, allSDKs) || strings.Contains(name, ",")
}

// useSDKs sets what the pairings are made with: the SDK that was named, or the
// newest JS SDK, which every server understands, where several are compared.
func (a *app) useSDKs(c *cli.Context, p *measure.Prober) (err error) {
	if !severalSDKs(c) {
		p.SDK, err = sdkOf(c)
		p.SDKName = c.String("sdk")
		return err
	}
	for _, name := range []string{"uid", "token-flag", "connect-flag"} {
		if c.String(name) != "" {
			return usage("sdk-list", "value", strconv.Quote(c.String("sdk")), "other", name)
		}
	}
	p.SDK = sdk.Default()
	return nil
}

// sdkRows gives the rows of the second table, each once.
func sdkRows(c *cli.Context) ([]sdk.SDK, error) {
	name := strings.TrimSpace(c.String("sdk"))
	if !severalSDKs(c) {
		return nil, nil
	}
	if strings.EqualFold(name, allSDKs) {
		return sdk.All(), nil
	}
	return sdkList("sdk", name)
}

// sdkList reads names of SDKs, comma-separated.
func sdkList(flag, names string) ([]sdk.SDK, error) {
	var rows []sdk.SDK
	for _, name := range strings.Split(names, ",") {
		s, err := sdk.Find(name)
		if err != nil {
			return nil, sdkError(flag, name, err)
		}
		if !slices.ContainsFunc(rows, func(have sdk.SDK) bool { return have.ID == s.ID }) {
			rows = append(rows, s)
		}
	}
	return rows, nil
}

// sendable refuses a device flag that the SDK cannot log in under: whatever came
// of such a connection would be the truth about another flag.
func sendable(s sdk.SDK, flag wire.DeviceFlag) error {
	if _, ok := measure.AskFor(s, flag); ok {
		return nil
	}
	return usage("sdk-flag", "sdk", s.Family+" "+s.Versions.String(), "flag", flag.String(), "counts", s.Effective(flag).String())
}
