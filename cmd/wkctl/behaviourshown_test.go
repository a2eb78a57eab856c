package main

// shownBehaviours are the rows of TestHostileBehaviours whose report is written in
// every format and language: one for each place where a text of a server's own is
// shown, with a secret or with what a terminal, a runner, a browser or a parser
// would obey. TestHostileServer puts whole attacks into most of them; what all other
// rows say is said by the same writers, from the same fields.
func shownBehaviours() map[string]string {
	return map[string]string{
		"/route answers 500":                       "the body of an API error",
		"/user/token answers 403":                  "the body of a refused registration",
		"api garbage":                              "what is no HTTP",
		"api redirects with 302":                   "a Location, with user information and a query",
		"api redirects to control bytes":           "a Location that is no address",
		"/user/token is many keys":                 "tokens of others in a body",
		"clearing says 400 in 200":                 "the message of a failed clean-up",
		"tcp_addr and wss_addr control bytes":      "addresses that are not dialled",
		"ws_addr user info":                        "the address that is dialled, with a secret in it",
		"ws_addr HTML":                             "the same, for a browser",
		"ws_addr Markdown":                         "the same, for a ticket",
		"ws_addr with a token of ours":             "the same, with a token that the server has heard",
		"upgrade answers 302":                      "the answer to an upgrade: status, Server, Location, body",
		"101 with another subprotocol":             "a header of a 101",
		"a close with control bytes":               "the reason of a close",
		"a close with HTML":                        "the same, for a browser",
		"a close with the token":                   "the same, with a token",
		"the token as a frame":                     "bytes in place of a frame, with a token",
		"text in place of a frame":                 "the same, for a runner",
		"a kick in place of an answer":             "the reason of a DISCONNECT",
		"a kick of a user with the token":          "the same behind an answer, with a token",
		"reason 255":                               "numbers at the ends of their ranges",
		"tcp sends a kick":                         "what the TCP port says",
		"what shows the generation is wrong types": "a version that is no text",
	}
}
