// Command wkctl finds out why a client cannot log in to a WuKongIM server.
//
// A back end stores a token for a user under a device flag (POST /user/token);
// a client SDK connects with a device flag of its own. The server looks the
// token up under (uid, device flag). wkctl registers throw-away users, connects
// as an SDK would, and shows which pairings of token flag and connect flag
// succeed, and why the others do not.
//
//	wkctl diagnose                          the pairing table of a server
//	wkctl diagnose --token-flag 0 --sdk js  will this set-up log in?
//	wkctl diagnose --sandbox v2             the same on the embedded stand-in
//	wkctl register, token, connect          the single steps
//	wkctl report d.json --format html       a saved diagnosis, rendered again
//
// Every flag can be set as WKCTL_<NAME> in the environment; an empty variable
// counts as unset; a flag beats the environment. The report goes to stdout,
// everything else to stderr.
//
// Exit codes: 0 no problem found, 1 a finding of severity error, 2 wrong usage,
// 3 could not diagnose, 130 interrupted.
package main
