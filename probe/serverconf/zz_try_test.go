package serverconf

import (
	"fmt"
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	gen := os.Getenv("GEN")
	var src []Source
	for _, a := range splitArgs(os.Getenv("FILES")) {
		b, err := os.ReadFile(a)
		if err != nil {
			t.Fatal(err)
		}
		src = append(src, Source{a, b})
	}
	r := Inspect(src, Options{Generation: gen})
	fmt.Println(r.Sources, r.Config.Generation, r.Config.Service, r.Config.Route)
	for _, v := range r.Config.Values {
		if v.Set() || !v.Known {
			fmt.Printf("  %s=%q known=%v %s\n", v.Key, v.Text, v.Known, v.Origin)
		}
	}
	for _, i := range r.Issues {
		fmt.Printf("%s %s %s %s key=%s val=%q %v\n   %s\n   yaml=%q in=%s env=%q dep=%v\n", i.Code, i.ID, i.Severity, i.Where, i.Key, i.Value, i.Args, i.Evidence, i.Fix.YAML, i.Fix.In, i.Fix.Env, i.DependsOn)
	}
}

func splitArgs(s string) []string {
	var out []string
	cur := ""
	for _, r := range s + " " {
		if r == ' ' {
			if cur != "" {
				out = append(out, cur)
			}
			cur = ""
		} else {
			cur += string(r)
		}
	}
	return out
}
