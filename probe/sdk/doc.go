// Package sdk is the catalogue of WuKongIM client SDKs: what each one sends to
// log in, which device flag the server makes of it, and what its user sees when
// the login fails. A row is data, one per SDK and range of versions, in
// catalogue.json; a Message built from a row is what that SDK puts on the wire.
//
// Every row names the code it was read from and how it was verified. Adding a
// version of an SDK is adding a row; "like" takes over what did not change.
package sdk
