// Package serverlog reads WuKongIM server logs (v1.0 to v3) and gives the lines
// that say why a client was refused as typed entries.
//
// It reads an io.Reader in constant memory, whatever the length of the log or
// of a line, and it never guesses: a line becomes an Entry only if its message
// and its module are in the table of what the server's source writes, and what
// the line does not say stays unset. What is not understood is counted, and
// error lines that are not understood are kept as samples.
//
// v1 and v2 write one JSON object a line (pkg/wklog/logger.go), v3 JSON or
// tab-separated console lines, coloured on a terminal (internal/log/zap.go).
// What docker compose, docker logs -t, kubectl, container runtimes and syslog put in
// front of a line is understood too, and what viewers, shippers, chats and issue
// trackers make of one: quotes around it, escapes, entities, lost colours, line
// breaks. So are the lines that a server prints beside its log: gin's access lines,
// TLS messages, and the panics of a process that ended or did not start.
package serverlog
