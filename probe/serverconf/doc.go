// Package serverconf reads a WuKongIM server's own configuration (wk.yaml or
// wukongim.toml, .env files, the server's service in a compose file) and says
// what would be in force, and which settings are not although someone wrote them.
// It is pure: it opens no file and no socket; what it must read beyond the sources
// it is given comes through Options.
//
// How a server of 1.0.4 to 2.2.5 finds a value, read from cmd/root.go and the
// options.go of every tag and checked by running viper v1.15.0, the version in
// every go.mod:
//
//   - The environment wins over the file. The variable of external.wsAddr is
//     WK_EXTERNAL_WSADDR: prefix WK_, "." becomes "_", all capitals, no other
//     spelling (SetEnvPrefix("wk"), SetEnvKeyReplacer, AutomaticEnv).
//   - An empty variable counts as not set (no tag calls AllowEmptyEnv), and an
//     empty text in the file counts as not set (getString falls back to the
//     default). v3 differs: an empty WK_ variable empties what the file says
//     (internal/config/env.go overlayEnv).
//   - A non-empty variable named like a block (WK_EXTERNAL) hides the whole block
//     of the file (viper's isPathShadowedInAutoEnv).
//   - Keys ignore case; "external.ip" in one key works like the block; unknown keys
//     are ignored without a word. v3 refuses to start on an unknown key.
//   - A bool is read by cast.ToBool: true, TRUE, True, t, 1 and the like; anything
//     else, "yes" and "on" included, is false, whatever the default.
//   - A text written without quotes is read as YAML first: 0123 becomes "83".
//   - A file that does not parse is dropped whole. The Docker image of 1.2.1 to
//     2.2.5 starts with --ignoreMissingConfig=true and goes on with the defaults;
//     without that option the server panics.
//   - Only the first YAML document counts, and a file whose first line is indented
//     ends, for yaml.v3, at the first line that is not.
package serverconf
