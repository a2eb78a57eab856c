package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/input"
	"github.com/wkctl/wkctl/probe/serverconf"
)

// configSources reads the files of --server-config, before anything is sent to
// the server.
func (a *app) configSources(c *cli.Context) (list []serverconf.Source, err error) {
	for _, path := range c.StringSlice("server-config") {
		data, err := a.readInput(c.Context, "server-config", path, maxSettings)
		if err != nil {
			return nil, err
		}
		list = append(list, serverconf.Source{Name: path, Data: data})
	}
	return list, nil
}

// attachConfig reads the files as the generation that was measured would.
func (a *app) attachConfig(d *probe.Diagnosis, sources []serverconf.Source) {
	if len(sources) == 0 {
		return
	}
	o := serverconf.Options{Generation: d.Server.Generation, ReadFile: func(path string) ([]byte, error) { return input.ReadNamed(path, maxSettings) }}
	if deployedHere(sources) {
		// Compose reads the variables of the shell that it is started from.
		o.LookupEnv = func(name string) (string, bool) {
			value := a.getenv(name)
			return value, value != ""
		}
	}
	d.Config = serverconf.Inspect(sources, o)
}

// deployedHere says whether the files lie where the server is started from: a
// .env file is given, or lies beside one of them. A compose file that somebody
// has sent says nothing about variables that are not set here.
func deployedHere(sources []serverconf.Source) bool {
	return slices.ContainsFunc(sources, func(s serverconf.Source) bool {
		_, err := os.Stat(filepath.Join(filepath.Dir(s.Name), ".env"))
		return err == nil || strings.HasSuffix(s.Name, ".env")
	})
}
