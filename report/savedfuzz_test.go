package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/diagnose"
	"github.com/wkctl/wkctl/report/text"
)

// tampered sets about one in eight of the values of v, chosen by dice: strings to
// s, numbers to n, lists and pointers to nothing.
func tampered(v reflect.Value, s string, n int64, dice *rand.Rand) {
	hit := dice.IntN(8) == 0
	switch v.Kind() {
	case reflect.String:
		if hit {
			v.SetString(s)
		}
	case reflect.Bool:
		v.SetBool(v.Bool() != hit)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if hit && !v.OverflowInt(n) {
			v.SetInt(n)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if hit && n >= 0 && !v.OverflowUint(uint64(n)) {
			v.SetUint(uint64(n))
		}
	case reflect.Float32, reflect.Float64:
		if hit {
			v.SetFloat(math.Float64frombits(uint64(n)))
			if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
				v.SetFloat(float64(n)) // JSON has neither
			}
		}
	case reflect.Pointer, reflect.Map:
		if hit {
			v.SetZero()
		} else if v.Kind() == reflect.Pointer && !v.IsNil() {
			tampered(v.Elem(), s, n, dice)
		}
	case reflect.Slice:
		if hit && v.Len() > 0 {
			v.Set(v.Slice(0, int(uint64(n)%uint64(v.Len()))))
		}
		for i := range v.Len() {
			tampered(v.Index(i), s, n, dice)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				tampered(v.Field(i), s, n, dice)
			}
		}
	}
}

// savedReports are what the tampering begins with: real ones, and one that has
// something in every field.
func savedReports(t testing.TB) (list [][]byte) {
	t.Helper()
	for _, name := range []string{"v1", "setup-v2", "user", "unreachable", "interrupted", "v2"} {
		b, err := os.ReadFile(filepath.Join(goldenDir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	full := &probe.Diagnosis{}
	forge(reflect.ValueOf(full).Elem(), "x")
	b, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	return append(list, b)
}

// survives renders d as it was saved, and explained again, in the formats for each.
func survives(d *probe.Diagnosis, style Style, limit int, saved, anew []Format) error {
	for _, formats := range [][]Format{saved, anew} {
		Localize(d, style.Text)
		for _, format := range formats {
			var out bytes.Buffer
			if err := Write(&out, d, format, style); err != nil {
				return fmt.Errorf("%s: %w", format, err)
			}
			if err := checkRendered(format, out.Bytes()); err != nil {
				return fmt.Errorf("%s: %w", format, err)
			}
			if out.Len() > limit {
				return fmt.Errorf("%s: %d bytes", format, out.Len())
			}
		}
		diagnose.Explain(d)
	}
	return nil
}

// TestTamperedReports does with dice what FuzzSavedReport goes on with. A seed
// has one format for the report as it was saved and one for it explained again, in
// turns: with each attack, number and saved report every format is written.
func TestTamperedReports(t *testing.T) {
	t.Parallel()
	whole, styles := savedReports(t), bothStyles()
	numbers := []int64{0, 1, -1, 2, 255, math.MaxInt64, math.MinInt64, 1 << 62}
	formats := Formats()
	n, rounds := uint64(len(formats)), uint64(len(formats)*len(attacks()))
	if testing.Short() {
		rounds /= 10
	}
	for seed := range rounds {
		d := &probe.Diagnosis{}
		if err := json.Unmarshal(whole[seed%uint64(len(whole))], d); err != nil {
			t.Fatal(err)
		}
		s := attacks()[seed%uint64(len(attacks()))]
		tampered(reflect.ValueOf(d).Elem(), s, numbers[seed/n%uint64(len(numbers))], rand.New(rand.NewPCG(seed, 1)))
		saved, anew := seed%n, (seed+seed/n+n/2-1)%n
		if err := survives(d, styles[text.Langs()[seed/64%2]], 4<<20, formats[saved:saved+1], formats[anew:anew+1]); err != nil {
			t.Errorf("seed %d, %q: %v", seed, s, err)
		}
	}
}

// FuzzSavedReport: whatever somebody puts into a saved report, rendering it in
// any format, and explaining it again, ends, stays within bounds, and gives what
// the readers of the format can read.
func FuzzSavedReport(f *testing.F) {
	whole, styles := savedReports(f), bothStyles()
	for i, s := range attacks() {
		if i%4 == 0 { // TestTamperedReports has all of them; these only start the search
			f.Add(whole[i%len(whole)], s, int64(i-3), uint64(i))
		}
	}
	f.Add([]byte(`{"pairings":[{"token_flag":255}],"checks":[{}],"findings":[{}],"addresses":[{}],"log":{},"sdks":[{}]}`), "", int64(math.MinInt64), uint64(0))
	f.Add([]byte("no JSON"), "WK501", int64(math.MaxInt64), uint64(6))
	f.Fuzz(func(t *testing.T, b []byte, s string, n int64, seed uint64) {
		d := &probe.Diagnosis{}
		if err := json.Unmarshal(b, d); err != nil || len(d.Pairings) > probe.MaxPairings {
			d, b = &probe.Diagnosis{}, whole[seed%uint64(len(whole))]
			if err := json.Unmarshal(b, d); err != nil {
				t.Fatal(err)
			}
		}
		tampered(reflect.ValueOf(d).Elem(), s, n, rand.New(rand.NewPCG(seed, 1)))
		if err := survives(d, styles[text.Langs()[seed%2]], 1<<20+200*(len(b)+len(s)), Formats(), Formats()); err != nil {
			t.Fatal(err)
		}
	})
}
