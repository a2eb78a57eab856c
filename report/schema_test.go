package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/report/text"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", m.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// generator turns the declarations of package probe into a schema.
type generator struct {
	t       *testing.T
	structs map[string]*ast.StructType
	strings map[string]bool
	values  map[string][]string
	defs    object
	done    map[string]bool
}

func newGenerator(t *testing.T) *generator {
	g := &generator{t: t, structs: map[string]*ast.StructType{}, strings: map[string]bool{}, values: constants(t), done: map[string]bool{}}
	for _, file := range probeFiles(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			switch typ := spec.Type.(type) {
			case *ast.StructType:
				g.structs[spec.Name.Name] = typ
			case *ast.Ident:
				g.strings[spec.Name.Name] = typ.Name == "string"
			}
			return true
		})
	}
	return g
}

func (g *generator) schema() []byte {
	g.t.Helper()
	root := g.object("Diagnosis")
	doc := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "https://github.com/wkctl/wkctl/report/schema/diagnosis.v1.json"},
		{"title", probe.Schema},
		{"description", "One run of wkctl: what was asked, what was seen, what it means. Changes are additive only: ignore the properties and values you do not know."},
	}
	doc = append(doc, root...)
	doc = append(doc, member{"$defs", g.defs})
	raw, err := json.Marshal(doc)
	if err != nil {
		g.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		g.t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func (g *generator) object(name string) object {
	properties, required := g.fields(name)
	return object{{"type", "object"}, {"required", required}, {"properties", properties}}
}

func (g *generator) fields(name string) (properties object, required []string) {
	required = []string{}
	typ := g.structs[name]
	if typ == nil {
		g.t.Fatalf("no struct %s in package probe", name)
	}
	for _, f := range typ.Fields.List {
		if len(f.Names) == 0 { // embedded: its fields are ours
			p, r := g.fields(f.Type.(*ast.Ident).Name)
			properties, required = append(properties, p...), append(required, r...)
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		key, option, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		s := g.value(f.Type)
		if key == "schema" {
			s = object{{"const", probe.Schema}}
		}
		if c := strings.TrimSpace(f.Comment.Text()); c != "" {
			s = append(s, member{"description", c})
		}
		properties = append(properties, member{key, s})
		if option != "omitempty" {
			required = append(required, key)
		}
	}
	return properties, required
}

func (g *generator) value(typ ast.Expr) object {
	switch typ := typ.(type) {
	case *ast.StarExpr:
		return g.value(typ.X)
	case *ast.ArrayType:
		return object{{"type", "array"}, {"items", g.value(typ.Elt)}}
	case *ast.MapType:
		return object{{"type", "object"}, {"additionalProperties", g.value(typ.Value)}}
	case *ast.SelectorExpr:
		return g.foreign(typ)
	case *ast.Ident:
		return g.named(typ.Name)
	}
	g.t.Fatalf("no schema for %T", typ)
	return nil
}

func (g *generator) foreign(typ *ast.SelectorExpr) object {
	switch name := typ.X.(*ast.Ident).Name + "." + typ.Sel.Name; name {
	case "time.Time":
		return object{{"type", "string"}, {"format", "date-time"}}
	case "wire.DeviceFlag", "wire.Reason", "wire.DeviceLevel":
		return object{{"type", "integer"}, {"minimum", 0}, {"maximum", 255}}
	default:
		g.t.Fatalf("no schema for %s", name)
	}
	return nil
}

func (g *generator) named(name string) object {
	switch {
	case name == "string":
		return object{{"type", "string"}}
	case name == "bool":
		return object{{"type", "boolean"}}
	case name == "float64":
		return object{{"type", "number"}, {"minimum", 0}}
	case strings.HasPrefix(name, "uint"):
		return object{{"type", "integer"}, {"minimum", 0}}
	case name == "int":
		return object{{"type", "integer"}}
	case g.strings[name] && len(g.values[name]) > 0:
		return object{{"enum", g.values[name]}}
	case g.strings[name]:
		return object{{"type", "string"}}
	}
	if !g.done[name] {
		g.done[name] = true
		def := g.object(name)
		g.defs = append(g.defs, member{name, def})
	}
	return object{{"$ref", "#/$defs/" + name}}
}

func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	got := newGenerator(t).schema()
	const file = "schema/diagnosis.v1.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, Schema()) {
		t.Errorf("%s does not fit the types of package probe any more (run with -update, and see that the change is additive)", file)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("diagnosis.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("diagnosis.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, src []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestJSONFitsTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, s := range samples() {
		if err := validate(t, schema, rendered(t, s.make(text.English), JSON, Style{})); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	files, err := filepath.Glob(goldenDir + "/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, src); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	whole := string(rendered(t, setupV2(text.English), JSON, Style{}))
	for name, change := range map[string][2]string{
		"another contract":   {`"wkctl.diagnosis/v1"`, `"wkctl.diagnosis/v2"`},
		"a missing key":      {`"pairings": [`, `"pairing": [`},
		"an unknown outcome": {`"verdict": "fail"`, `"verdict": "bad"`},
		"a flag over 255":    {`"connect_flag": 1,`, `"connect_flag": 256,`},
		"a time as number":   {`"started_at": "2026-11-22T08:30:00Z"`, `"started_at": 1`},
	} {
		broken := strings.Replace(whole, change[0], change[1], 1)
		if broken == whole {
			t.Fatalf("%s: %q does not occur", name, change[0])
		}
		if validate(t, schema, []byte(broken)) == nil {
			t.Errorf("%s passed", name)
		}
	}
}
