package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH WANT")
	}
	got := queryFile(ts, args[0], args[1])
	if (got == args[2]) == neg {
		ts.Fatalf("%s of %s is %q, %s %q", args[1], args[0], got, map[bool]string{false: "want", true: "must not be"}[neg], args[2])
	}
}

func cmdField(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 3, "field FILE PATH NAME")
	got := queryFile(ts, args[0], args[1])
	if got == "" {
		ts.Fatalf("%s of %s is empty", args[1], args[0])
	}
	ts.Setenv(args[2], got)
}

func queryFile(ts *testscript.TestScript, file, path string) string {
	var doc any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		ts.Fatalf("%s is no JSON: %v", file, err)
	}
	got, err := query(doc, path)
	ts.Check(err)
	return got
}

// query gives the value at a path: keys joined by dots. Behind a list, "[2]"
// picks one element and "[key=value]" those that match; a key behind a list
// takes that key of each element. ".len" at the end counts. Several values are
// joined by commas; what does not exist is "".
func query(doc any, path string) (string, error) {
	path, count := strings.CutSuffix(path, ".len")
	values := []any{doc}
	for _, step := range steps(path) {
		key, filter, filtered := strings.Cut(step, "[")
		if filtered && !strings.HasSuffix(filter, "]") {
			return "", fmt.Errorf("path step %q, expected key[filter]", step)
		}
		values = children(values, key)
		if filtered {
			values = filterBy(values, strings.TrimSuffix(filter, "]"))
		}
	}
	if count {
		return strconv.Itoa(len(flatten(values))), nil
	}
	var texts []string
	for _, v := range flatten(values) {
		texts = append(texts, textOf(v))
	}
	return strings.Join(texts, ","), nil
}

// steps splits a path at its dots, those inside of a filter left alone.
func steps(path string) []string {
	inside := false
	return strings.FieldsFunc(path, func(r rune) bool {
		if r == '[' || r == ']' {
			inside = r == '['
		}
		return r == '.' && !inside
	})
}

// flatten puts the elements of lists in the place of the lists.
func flatten(values []any) (flat []any) {
	for _, v := range values {
		if list, ok := v.([]any); ok {
			flat = append(flat, list...)
		} else if v != nil {
			flat = append(flat, v)
		}
	}
	return flat
}

func children(values []any, key string) (out []any) {
	if key == "" {
		return values
	}
	for _, v := range flatten(values) {
		if object, ok := v.(map[string]any); ok {
			out = append(out, object[key])
		}
	}
	return out
}

func filterBy(values []any, filter string) (out []any) {
	key, wanted, isMatch := strings.Cut(filter, "=")
	for i, v := range flatten(values) {
		if !isMatch && strconv.Itoa(i) == filter {
			out = append(out, v)
		}
		if object, ok := v.(map[string]any); ok && isMatch && textOf(object[key]) == wanted {
			out = append(out, v)
		}
	}
	return out
}

func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestQuery(t *testing.T) {
	var doc any
	dec := json.NewDecoder(strings.NewReader(`{"a":{"b":"x"},"list":[{"n":1,"k":"p"},{"n":2,"k":"q"},{"n":3,"k":"q","v":"1.2","t":["u","v"]}],"ok":true,"none":null}`))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a.b": "x", "list.len": "3", "list.n": "1,2,3", "list[k=q].n": "2,3", "list[k=q].len": "2", "list[k=z].len": "0",
		"list[1].k": "q", "list[2].t": "u,v", "list[v=1.2].n": "3", "list.t.len": "2", "ok": "true", "none": "", "missing.thing": "", "a": `{"b":"x"}`,
	} {
		if got, err := query(doc, path); err != nil || got != want {
			t.Errorf("query %q: got %q, %v, want %q", path, got, err, want)
		}
	}
}
