package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/report/text"
)

// values completes the value of a flag; lead is what stands before it in the same
// word. What there is no list for is a file where the flag's help says FILE, and
// nothing where it does not.
func (a *app) values(c *cli.Command, flag, lead, value string) completed {
	name := strings.TrimLeft(flag, "-")
	i := slices.IndexFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if i < 0 {
		return completed{nil, thenNothing}
	}
	f := c.Flags[i]
	got := a.valuesOf(f, c.Name, value)
	if word, _ := placeholder(f); got.words == nil && word == "FILE" {
		return completed{nil, thenFiles}
	}
	words := make([]string, 0, len(got.words))
	for _, w := range got.words {
		words = append(words, lead+w)
	}
	return completed{words, got.then}
}

func (a *app) valuesOf(f cli.Flag, command, value string) completed {
	name := f.Names()[0]
	switch name {
	case "format":
		return only(withPrefix(a.formatNames(f, ""), value))
	case "output":
		if strings.Contains(value, "=") {
			return completed{nil, thenFiles}
		}
		return completed{withPrefix(a.formatNames(f, "="), value), thenNoSpace | thenNothing}
	case "sdk", "name":
		return only(sdkValues(value, command == "diagnose", command != "connect"))
	case "flags", "connect-flags":
		return only(inList(value, func(last string) []string { return withPrefix(deviceFlags(), last) }))
	case "fault":
		return faults(value)
	}
	return only(withPrefix(fixedValues(name), value))
}

func only(words []string) completed { return completed{words, thenNothing} }

// formatNames lists the formats that a flag takes, each with an ending.
func (a *app) formatNames(f cli.Flag, ending string) (list []string) {
	for _, format := range a.formats[f] {
		list = append(list, string(format)+ending)
	}
	return list
}

// fixedValues lists the values of a flag that takes one of a few.
func fixedValues(name string) []string {
	switch name {
	case "lang":
		return append([]string{text.Auto}, spoken()...)
	case "color":
		return []string{"auto", "always", "never"}
	case "fail-on":
		return []string{string(probe.SeverityError), string(probe.SeverityWarning)}
	case "level":
		return []string{"0\tslave", "1\tmaster"}
	case "sandbox", "generation":
		var list []string
		for _, g := range sandbox.Generations() {
			list = append(list, string(g))
		}
		return list
	case "token-flag", "connect-flag", "flag":
		return deviceFlags()
	}
	return nil
}

func deviceFlags() []string { return []string{"0\tAPP", "1\tWEB", "2\tPC"} }

// inList completes the last member of a comma list, without those that it has.
func inList(value string, members func(last string) []string) (list []string) {
	lead, last := "", value
	if i := strings.LastIndexByte(value, ','); i >= 0 {
		lead, last = value[:i+1], value[i+1:]
	}
	have := strings.Split(strings.TrimSuffix(lead, ","), ",")
	for _, m := range members(last) {
		if word, _, _ := strings.Cut(m, "\t"); !slices.Contains(have, word) {
			list = append(list, lead+m)
		}
	}
	return list
}

// sdkValues completes names of SDKs, and their versions behind "@"; several where
// the flag takes a list.
func sdkValues(value string, all, many bool) []string {
	if !many {
		return sdkNames(value)
	}
	list := inList(value, sdkNames)
	if all && strings.HasPrefix(allSDKs, value) {
		list = append(list, allSDKs)
	}
	return list
}

func sdkNames(value string) (list []string) {
	family, _, versioned := strings.Cut(value, "@")
	newest := map[string]string{}
	for _, s := range sdk.All() {
		about := "\t" + s.Versions.String() + ", " + s.DefaultFlag().String()
		if versioned && s.Family == family {
			list = append(list, s.Family+"@"+s.Versions.To+about)
		}
		newest[s.Family] = about
	}
	if !versioned {
		for _, f := range sdk.Families() {
			list = append(list, f+newest[f])
		}
	}
	return withPrefix(list, value)
}

// faults completes the name of a fault, and ":" where an argument has to follow.
func faults(value string) completed {
	var list []string
	then := thenNothing
	for _, line := range sandbox.FaultHelp() {
		form, help, _ := strings.Cut(line, ": ")
		form, _, _ = strings.Cut(form, "[") // what may be left out
		name, _, needs := strings.Cut(form, ":")
		if needs {
			name += ":"
		}
		if strings.HasPrefix(name, value) {
			list = append(list, name+"\t"+help)
		}
	}
	if len(list) == 1 && strings.Contains(list[0], ":\t") {
		then |= thenNoSpace
	}
	return completed{list, then}
}
