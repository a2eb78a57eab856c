package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// document is what `wkctl token --format json --show-tokens` prints.
type document struct {
	Schema string `json:"schema"`
	API    string `json:"api"`
	WS     string `json:"ws"`
	UID    string `json:"uid"`
	Tokens []struct {
		DeviceFlag wire.DeviceFlag `json:"device_flag"`
		Token      string          `json:"token"`
	} `json:"tokens"`
}

// parseDocument reads a document; path is for the messages.
func parseDocument(path string, b []byte) (doc document, err error) {
	if err := inUTF8("credentials", string(b)); err != nil {
		return doc, err
	}
	if json.Unmarshal(b, &doc) != nil || doc.Schema != probe.CredentialsSchema || doc.UID == "" {
		return doc, usage("credentials", "file", path, "schema", probe.CredentialsSchema)
	}
	return doc, nil
}

// token picks the token for a connect flag, and says under which it is stored. Where
// the document has none for it but only one token in all, that one is tried: whether
// it works under another flag is just the question.
func (doc *document) token(path string, flag wire.DeviceFlag) (token string, under wire.DeviceFlag, err error) {
	for _, t := range doc.Tokens {
		if t.DeviceFlag != flag && len(doc.Tokens) > 1 {
			continue
		}
		if isAlias(t.Token) {
			return "", 0, usage("credentials-alias", "file", path)
		}
		return t.Token, t.DeviceFlag, nil
	}
	return "", 0, usage("credentials-flag", "file", path, "flag", flag.String())
}

// fromDocument takes uid, token and, where no flag gives them, the addresses.
func (a *app) fromDocument(c *cli.Context, path string, p *measure.Prober, o *measure.ConnectOptions) error {
	b, err := a.readInput(c.Context, "credentials", path, maxInput)
	if err != nil {
		return err
	}
	doc, err := parseDocument(path, b)
	if err != nil {
		return err
	}
	token, under, err := doc.token(path, o.Flag)
	if err != nil {
		return err
	}
	o.UID, o.Token = doc.UID, p.Vault.User(token)
	if under != o.Flag {
		a.warn("warning.other-flag", text.Args{"token_flag": under.String(), "connect_flag": o.Flag.String()})
	}
	if !c.IsSet("api") && doc.API != "" {
		if p.API.Base, err = address("credentials", doc.API, "http", "https"); err != nil {
			return err
		}
	}
	if p.WS == "" && doc.WS != "" && (p.SDK.Transport != sdk.TCP || strings.HasPrefix(doc.WS, "tcp://")) {
		p.WS, err = address("credentials", doc.WS, "ws", "wss", "tcp")
	}
	return err
}

// isAlias recognises a document that was made without --show-tokens.
func isAlias(token string) bool {
	n, ok := strings.CutPrefix(token, "T")
	_, err := strconv.Atoi(n)
	return ok && err == nil || token == "MANAGER"
}
