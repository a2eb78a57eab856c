package measure

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// meant is a token with all that an encoding touches.
const meant = "aB+/c=="

// spoilt are the ways in which a token gets something too much.
func spoilt() map[probe.TokenExtra][]string {
	return map[probe.TokenExtra][]string{
		probe.ExtraBlanks:    {" " + meant, meant + "\n", meant + "\r\n", "\t" + meant + " ", "\u00a0" + meant, "\u3000" + meant},
		probe.ExtraQuotes:    {`"` + meant + `"`, "'" + meant + "'", "“" + meant + "”", "`" + meant + "`"},
		probe.ExtraBearer:    {"Bearer " + meant, "bearer " + meant, "BEARER  " + meant},
		probe.ExtraToken:     {"Token " + meant, "token " + meant},
		probe.ExtraJWT:       {"JWT " + meant, "jwt " + meant},
		probe.ExtraAssign:    {"token=" + meant, "Token=" + meant},
		probe.ExtraInvisible: {"\ufeff" + meant, meant + "\u200b", "aB\u200d+/c==", meant + "\x00"},
		probe.ExtraPercent:   {"aB%2B%2Fc%3D%3D", "aB+/c%3d%3d"},
		probe.ExtraEscapes:   {`aB+\/c==`, `aB+/c\u003d\u003d`},
		probe.ExtraPlus:      {"aB /c=="},
	}
}

// TestDifferOnOneSide: what one side has too much is named with that side, the
// same on both.
func TestDifferOnOneSide(t *testing.T) {
	t.Parallel()
	for is, forms := range spoilt() {
		for _, form := range forms {
			kind := string(is)
			if is.Word() != "" && is != probe.ExtraBearer {
				kind = "prefix"
			}
			sent, stored := differ(form, meant), differ(meant, form)
			if sent.defect != probe.TokenDefect("sent-"+kind) || !slices.Equal(sent.sent, []probe.TokenExtra{is}) || len(sent.stored) != 0 {
				t.Errorf("sent %q: %+v", form, sent)
			}
			if stored.defect != probe.TokenDefect("stored-"+kind) || !slices.Equal(stored.stored, []probe.TokenExtra{is}) || len(stored.sent) != 0 {
				t.Errorf("stored %q: %+v", form, stored)
			}
			for _, d := range []difference{sent, stored} {
				if !slices.Contains(probe.TokenDefects(), d.defect) {
					t.Errorf("%q is no value of the contract", d.defect)
				}
			}
		}
	}
}

// TestDifferOnBothSides: each side is told what it has too much, whatever the
// other has.
func TestDifferOnBothSides(t *testing.T) {
	t.Parallel()
	all := spoilt()
	for one, sent := range all {
		for two, stored := range all {
			if one == two || one == probe.ExtraPlus || two == probe.ExtraPlus {
				continue
			}
			d := differ(sent[0], stored[0])
			if d.defect != probe.DefectSeveral || !slices.Equal(d.sent, []probe.TokenExtra{one}) || !slices.Equal(d.stored, []probe.TokenExtra{two}) {
				t.Errorf("sent %q, stored %q: %+v", sent[0], stored[0], d)
			}
		}
	}
}

func TestDiffer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		sent, stored string
		want         string // defect, what was sent too much, what is stored too much
	}{
		{"x", "x", " [] []"},
		{"", "x", " [] []"},
		{"x", "", " [] []"},
		{"x", "y", " [] []"},
		{"Bearer ", "x", " [] []"},
		{`""`, "x", " [] []"},
		{"ABC", "abc", "case [] []"},
		{"x", "Bearer x", "stored-bearer [] [bearer]"},
		{" Bearer x", "x", "several [bearer blanks] []"},
		{"x", "\"x\n\"", "several [] [quotes blanks]"},
		{"x", `x\n`, "several [] [blanks escapes]"},
		{"Bearer%20x", "x", "several [bearer percent] []"},
		{"Bearer+x", "x", "sent-bearer [bearer] []"},
		{"x ", " x", "several [blanks] [blanks]"},
		{"Bearer x", "bearer x", "several [bearer] [bearer]"},
		{"Bearer x", "Bearer x ", "stored-blanks [] [blanks]"},
		{"token=x", "token=x\n", "stored-blanks [] [blanks]"},
		{"a%3Db ", "a%3Db", "sent-blanks [blanks] []"},
		{"Bearer ABC", "abc", "several [bearer case] []"},
		{"abc", "\"ABC\"", "several [] [quotes case]"},
		{"tokenish", "ish", " [] []"},
		{"bearer", "bearer x", " [] []"},
		{"100%", "100", " [] []"},
		{`a\b`, "ab", " [] []"},
	} {
		d := differ(tc.sent, tc.stored)
		if got := fmt.Sprintf("%s %v %v", d.defect, d.sent, d.stored); got != tc.want {
			t.Errorf("sent %q, stored %q: %s, want %s", tc.sent, tc.stored, got, tc.want)
		}
	}
}

// TestTidy: what may have been meant is tried, decoded only behind what is not.
func TestTidy(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"x":             "[]",
		" x":            "[{x sent-blanks [blanks]}]",
		`"Bearer x"`:    "[{x several [bearer quotes]}]",
		"a%3D\n":        "[{a%3D sent-blanks [blanks]} {a= several [blanks percent]}]",
		"token=x":       "[{x sent-prefix [assign]}]",
		`""`:            "[]",
		"Bearer ":       "[{Bearer sent-blanks [blanks]}]",
		"a\\u003d\\/b":  "[{a=/b sent-escapes [escapes]}]",
		"\ufeffJWT x\n": "[{x several [jwt blanks invisible]}]",
	} {
		if got := fmt.Sprint(tidy(token)); got != want {
			t.Errorf("%q: %s, want %s", token, got, want)
		}
	}
}

// FuzzDiffer: comparing ends, names known values only, and says the same of both
// sides when they are exchanged.
func FuzzDiffer(f *testing.F) {
	for _, forms := range spoilt() {
		f.Add(forms[0], meant)
	}
	f.Add(`"\"\\\"%25%32`, "\x00'")
	swap := strings.NewReplacer("sent-", "stored-", "stored-", "sent-")
	f.Fuzz(func(t *testing.T, sent, stored string) {
		one, two := differ(sent, stored), differ(stored, sent)
		if one.defect != "" && !slices.Contains(probe.TokenDefects(), one.defect) {
			t.Errorf("%q", one.defect)
		}
		if swap.Replace(string(one.defect)) != string(two.defect) {
			t.Errorf("%q and %q: %+v, exchanged %+v", sent, stored, one, two)
		}
		tidy(sent)
	})
}
