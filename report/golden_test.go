package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenDir = "../testdata/golden"

// golden compares got with the file, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join(goldenDir, name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update and look at the diff)\n--- got\n%s\n--- want\n%s", name, got, want)
	}
}

// printers gives the texts of every language, which are read once: parsing them
// takes longer than rendering a report in every format.
var printers = sync.OnceValue(func() map[text.Lang]*text.Printer {
	all := map[text.Lang]*text.Printer{}
	for _, lang := range text.Langs() {
		all[lang] = text.New(lang)
	}
	return all
})

func printer(lang text.Lang) *text.Printer { return printers()[lang] }

// spoken is s with the texts of its language read already; without a language it
// speaks English, as everywhere.
func (s Style) spoken() Style {
	if s.Text == nil {
		s.Text = printer(text.English)
	}
	return s
}

// rendered is a report as it is written.
func rendered(t testing.TB, d *probe.Diagnosis, f Format, s Style) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d, f, s.spoken()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
