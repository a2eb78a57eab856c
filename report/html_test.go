package report

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

func TestHTMLGolden(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]view{
		"accepted.html":    {"accepted", HTML, text.English, false, false, 0},
		"setup-v2.zh.html": {"setup-v2", HTML, text.Chinese, true, false, 60},
		"v2-beta.html":     {"v2-beta", HTML, text.English, false, true, 120},
		"unreachable.html": {"unreachable", HTML, text.English, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "html/"+name, rendered(t, v.diagnosis(t), v.format, v.style()))
		})
	}
}

// element is one start tag of a page.
type element struct {
	name  string
	attrs map[string]string
}

// readHTML gives the elements of a page, and its text. It is strict: the page
// is written so that an XML reader that knows the void elements can read it.
func readHTML(src []byte) (elements []element, prose string, err error) {
	dec := xml.NewDecoder(bytes.NewReader(src))
	dec.Strict = false
	dec.AutoClose = []string{"meta"}
	dec.Entity = xml.HTMLEntity
	var b strings.Builder
	var stack []string
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			if len(stack) > 0 {
				return nil, "", fmt.Errorf("not closed: %v", stack)
			}
			return elements, b.String(), nil
		}
		if err != nil {
			return nil, "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := element{tok.Name.Local, map[string]string{}}
			for _, a := range tok.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			elements = append(elements, e)
			stack = append(stack, tok.Name.Local)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 && stack[len(stack)-1] != "style" {
				b.Write(tok)
				b.WriteByte('\n')
			}
		case xml.Comment:
			return nil, "", fmt.Errorf("a comment: %q", tok)
		}
	}
}

// checkHTML fails where a page loads something, runs something, or holds an
// element that the template does not have.
func checkHTML(src []byte) error {
	elements, _, err := readHTML(src)
	if err != nil {
		return err
	}
	known := strings.Fields("html head meta title style body main header svg g path rect text div h1 h2 h3 p ul li figure figcaption table tr td section span code pre a details summary footer br")
	for _, e := range elements {
		if !slices.Contains(known, e.name) {
			return fmt.Errorf("element <%s>", e.name)
		}
		for name, value := range e.attrs {
			switch {
			case strings.HasPrefix(name, "on"), name == "src", name == "srcset", name == "style", name == "action":
				return fmt.Errorf("attribute %s=%q", name, value)
			case name == "href" && !address.MatchString(value):
				return fmt.Errorf("link to %q", value)
			}
		}
	}
	return nil
}

func TestHTMLIsSelfContained(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		for _, lang := range text.Langs() {
			out := rendered(t, s.make(lang), HTML, Style{Text: printer(lang)})
			if err := checkHTML(out); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			for _, bad := range []string{"url(", "@import", "<script", "javascript:", "ZgotmplZ"} {
				if bytes.Contains(out, []byte(bad)) {
					t.Errorf("%s: the page holds %q", s.name, bad)
				}
			}
			if !bytes.Contains(out, []byte(`default-src 'none'`)) || !bytes.Contains(out, []byte("prefers-color-scheme: dark")) {
				t.Errorf("%s: no policy or no dark colours", s.name)
			}
		}
	}
}

func TestHTMLPicture(t *testing.T) {
	t.Parallel()
	tiles := func(d *probe.Diagnosis) map[string]int {
		elements, _, err := readHTML(rendered(t, d, HTML, Style{}))
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, e := range elements {
			if e.name == "g" {
				n[strings.TrimPrefix(e.attrs["class"], "tile ")]++
			}
		}
		return n
	}
	if got := tiles(wronglyAccepted(text.English)); got["loud"] != 1 || got["unknown"] != 1 || got["pass"] != 2 || got["quiet"] != 5 {
		t.Errorf("a grid of nine: got %v", got)
	}
	if got := tiles(openV3(text.English)); got["skip"] != 9 {
		t.Errorf("without token auth: got %v", got)
	}
	if got := tiles(wholeRange(text.English)); got["pass"] != 1 || got["quiet"] != 255 {
		t.Errorf("256 flags: got %v", got)
	}
	elements, prose, err := readHTML(rendered(t, setupV1(text.English), HTML, Style{}))
	if err != nil {
		t.Fatal(err)
	}
	hot := slices.ContainsFunc(elements, func(e element) bool { return e.attrs["class"] == "row hot fail" })
	if !hot || !strings.Contains(prose, "(uid, 1 WEB)") || !strings.Contains(prose, "nothing") {
		t.Error("the picture of one pairing does not show the empty row")
	}
}

// TestHTMLStaysSmall: 256 × 256 pairings are listed by groups, not drawn.
func TestHTMLStaysSmall(t *testing.T) {
	t.Parallel()
	d := base(probe.GenV1, "1.2.6", 3)
	for _, p := range wholeRange(text.English).Pairings {
		p.ConnectFlag = p.TokenFlag + 1
		d.Pairings = append(d.Pairings, p)
	}
	m := newMatrix(d.Pairings)
	if len(m.rows)*len(m.cols) <= maxDots {
		t.Fatal("expected more cells than are drawn")
	}
	out := rendered(t, d, HTML, Style{})
	if bytes.Contains(out, []byte(`class="dots"`)) {
		t.Error("a picture of 65,536 dots was drawn")
	}
}

func TestHTMLIsNotTakenOver(t *testing.T) {
	t.Parallel()
	for _, a := range attacks() {
		out := rendered(t, hostile(a), HTML, Style{})
		if err := checkHTML(out); err != nil {
			t.Errorf("%q: %v", a, err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, a := range attacks() {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := rendered(t, hostile(s), HTML, Style{})
		if i := bytes.IndexFunc(out, forbidden); i >= 0 {
			t.Fatalf("forbidden byte at %d", i)
		}
		if err := checkHTML(out); err != nil {
			t.Fatal(err)
		}
		_, prose, _ := readHTML(out)
		if want := strings.TrimSpace(clean(s, lineLimit)); !strings.Contains(prose, want) {
			t.Fatalf("the text %q was lost", want)
		}
	})
}

// TestHTMLInChromium loads the pages in a real browser, which names what it
// refuses on its standard error. It runs where WKCTL_CHROMIUM names a browser;
// WKCTL_SCREENSHOTS names a folder for pictures to look at.
func TestHTMLInChromium(t *testing.T) {
	browser := os.Getenv("WKCTL_CHROMIUM")
	if browser == "" {
		t.Skip("WKCTL_CHROMIUM is not set")
	}
	pictures := os.Getenv("WKCTL_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	for _, s := range []sample{{"accepted", wronglyAccepted}, {"setup-v2", setupV2}, {"range", wholeRange}, {"hostile", func(text.Lang) *probe.Diagnosis { return hostile(strings.Join(attacks(), " ")) }}} {
		page := filepath.Join(t.TempDir(), "report.html")
		if err := os.WriteFile(page, rendered(t, s.make(text.English), HTML, Style{}), 0o600); err != nil {
			t.Fatal(err)
		}
		picture := filepath.Join(pictures, s.name+".png")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
			"--window-size=900,1600", "--screenshot="+picture, "file://"+page)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if bytes.Contains(out, []byte(":CONSOLE")) {
			t.Errorf("%s: the browser complains:\n%s", s.name, out)
		}
		if info, err := os.Stat(picture); err != nil || info.Size() < 10_000 {
			t.Errorf("%s: no picture: %v", s.name, err)
		}
	}
}
