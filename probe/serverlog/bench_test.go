package serverlog

import (
	"context"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

// benchSize is how much log one iteration reads, in bytes.
const benchSize = 16 << 20

func benchmarkScan(b *testing.B, block []byte) {
	blocks := benchSize / len(block)
	b.SetBytes(int64(blocks * len(block)))
	b.ReportAllocs()
	for b.Loop() {
		var s Scanner
		sum, _, err := s.Summarise(context.Background(), &repeat{block: block, left: blocks})
		if err != nil || sum.Entries == 0 {
			b.Fatalf("expected entries, got %d (%v)", sum.Entries, err)
		}
	}
}

// BenchmarkMixed: a realistic log, nearly all of it about something else.
func BenchmarkMixed(b *testing.B) { benchmarkScan(b, mixedBlock(b)) }

// BenchmarkErrors: every line is of a refusal.
func BenchmarkErrors(b *testing.B) { benchmarkScan(b, errorBlock(b)) }

// BenchmarkDebug: a log at level debug, as the captured ones are.
func BenchmarkDebug(b *testing.B) {
	benchmarkScan(b, readLog(b, "v2.2.5-fd-reuse-or-lost-connect.log"))
}

// BenchmarkCompose: the mixed log with what docker compose puts in front.
func BenchmarkCompose(b *testing.B) {
	block := []byte{}
	for _, c := range mixedBlock(b) {
		if len(block) == 0 || block[len(block)-1] == '\n' {
			block = append(block, "wukongim-1  | "...)
		}
		block = append(block, c)
	}
	benchmarkScan(b, block)
}

// BenchmarkConsole: v3 console lines.
func BenchmarkConsole(b *testing.B) {
	const line = "2026-11-22 13:57:49.113\tINFO\t[app.cluster]\tcluster/node.go:88\tslot leader changed\t{\"slot\": 7, \"leader\": 2}\n" +
		"2026-11-22 13:57:49.200\tWARN\t[access.gateway.conn]\tgateway/handler.go:257\tgateway session error\t{\"event\": \"internal.access.gateway.session_error\", \"sessionID\": 274, \"listener\": \"ws-gateway\", \"error\": \"internal/access/gateway: unsupported frame\"}\n"
	benchmarkScan(b, []byte(line))
}

// BenchmarkPrinted: the access lines of a busy API.
func BenchmarkPrinted(b *testing.B) { benchmarkScan(b, []byte(printedLines)) }

// BenchmarkUTF16: the mixed log as Windows PowerShell writes it.
func BenchmarkUTF16(b *testing.B) {
	benchmarkScan(b, asUTF16(b, mixedBlock(b), unicode.LittleEndian, unicode.IgnoreBOM))
}
