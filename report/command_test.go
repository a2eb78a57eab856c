package report

import (
	"slices"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	const post = `curl -X POST 'http://127.0.0.1:5001/user/token' -H 'Content-Type: application/json' -d '{"uid": "a, b", "token": "TOKEN", "device_flag": 1, "device_level": 0}'`
	tests := []struct {
		name, in string
		width    int
		want     []string
	}{
		{"it fits", "wkctl diagnose", 20, []string{"wkctl diagnose"}},
		{"an option keeps its value", "wkctl token --uid alice --flags 1 --token-file FILE", 30,
			[]string{`wkctl token --uid alice \`, `  --flags 1 --token-file FILE`}},
		{"the JSON on a line of its own", post, 80, []string{
			`curl -X POST 'http://127.0.0.1:5001/user/token' \`, `  -H 'Content-Type: application/json' \`,
			`  -d '{"uid": "a, b", "token": "TOKEN", "device_flag": 1, "device_level": 0}'`,
		}},
		{"the JSON broken behind a comma, never within a value", post, 40, []string{
			`curl -X POST \`, `  'http://127.0.0.1:5001/user/token' \`, `  -H 'Content-Type: application/json' \`,
			`  -d '{"uid": "a, b", "token": "TOKEN",`, `    "device_flag": 1,`, `    "device_level": 0}'`,
		}},
		{"the JSON broken, so that it begins where there is room", post, 64, []string{
			`curl -X POST 'http://127.0.0.1:5001/user/token' \`,
			`  -H 'Content-Type: application/json' -d '{"uid": "a, b",`, `    "token": "TOKEN", "device_flag": 1, "device_level": 0}'`,
		}},
		{"an open quote", `echo it's a very long line that nobody can break`, 20, []string{`echo it's a very long line that nobody can break`}},
		{"a backslash is somebody's own", `printf '%s\n' one two three four five six`, 20, []string{`printf '%s\n' one two three four five six`}},
	}
	for _, tt := range tests {
		got := command(tt.in, tt.width)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
		if back := pasted(strings.Join(got, "\n")); back != tt.in {
			t.Errorf("%s: pasted it is %q", tt.name, back)
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in    string
		limit int
		want  string
	}{
		{"One. Two. Three.", 9, "One. Two."},
		{"Set it in wk.yaml or v2.2.5. Then restart.", 30, "Set it in wk.yaml or v2.2.5."},
		{"A first sentence that is too long by itself. Two.", 9, "A first sentence that is too long by itself."},
		{"第一句。第二句。", 5, "第一句。"},
		{"no stop at the end", 5, "no stop at the end"},
		{"", 5, ""},
	}
	for _, tt := range tests {
		if got := sentences(tt.in, tt.limit); got != tt.want {
			t.Errorf("sentences(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}
