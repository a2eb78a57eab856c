//go:build look

package report

import (
	"os"
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

func TestShow(t *testing.T) {
	lang := text.Lang(os.Getenv("L"))
	for _, c := range samples() {
		if o := os.Getenv("C"); o != "" && o != c.name {
			continue
		}
		if err := Write(os.Stdout, c.make(lang), Format(os.Getenv("F")), Style{Text: text.New(lang)}); err != nil {
			t.Fatal(err)
		}
	}
}
