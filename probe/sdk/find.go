package sdk

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe/spell"
)

// Default is the newest row of the JS SDK, the one most people ask about.
func Default() SDK {
	s, err := Find("js")
	if err != nil {
		panic(err) // the catalogue is embedded, and a test looks for this row
	}
	return s
}

// UnknownError says that no row has that name, and which are near.
type UnknownError struct {
	Name     string   // as given
	Near     []string // families that differ by little; may be empty
	Versions []Range  // of the family, where only the version is unknown
}

// Error names what was asked for and what there is.
func (e *UnknownError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "finding SDK %q: expected ", e.Name)
	if len(e.Versions) > 0 {
		b.WriteString("a version in ")
		for i, r := range e.Versions {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(r.String())
		}
		return b.String()
	}
	b.WriteString("one of " + strings.Join(Families(), ", "))
	if len(e.Near) > 0 {
		b.WriteString("; did you mean " + strings.Join(e.Near, " or ") + "?")
	}
	return b.String()
}

// Find gives the row of a name: a family ("js": its newest row), a family and a
// version ("js@1.2.8": the row whose range it is in), or an id ("js-1.3.5").
// Case does not matter. The error is an *UnknownError.
func Find(name string) (SDK, error) {
	wanted := strings.ToLower(strings.TrimSpace(name))
	family, version, hasVersion := strings.Cut(wanted, "@")
	var rows []SDK
	for _, s := range load().rows {
		if s.ID == wanted {
			return s.clone(), nil
		}
		if s.Family == family {
			rows = append(rows, s)
		}
	}
	unknown := &UnknownError{Name: clip(name)}
	if len(rows) == 0 {
		unknown.Near = near(family)
		return SDK{}, unknown
	}
	if !hasVersion {
		return rows[len(rows)-1].clone(), nil
	}
	for _, s := range rows {
		if s.Versions.Contains(version) {
			return s.clone(), nil
		}
		unknown.Versions = append(unknown.Versions, s.Versions)
	}
	return SDK{}, unknown
}

// Contains says whether a version is in the range; one that is not made of
// numbers is in none.
func (r Range) Contains(version string) bool {
	v, ok := parseVersion(version)
	from, _ := parseVersion(r.From)
	to, _ := parseVersion(r.To)
	return ok && slices.Compare(from, v) <= 0 && slices.Compare(v, to) <= 0
}

// parseVersion splits "1.2.8", "v2.2.5" or "2026-06-05" into its numbers.
func parseVersion(s string) ([]int, bool) {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "v"), "-", ".")
	parts := strings.Split(s, ".")
	v := make([]int, 3)
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil || i >= len(v) {
			return nil, false
		}
		v[i] = int(n)
	}
	return v, true
}

// clip bounds a name for an error.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// otherNames gives the family that people mean by the language or the platform it
// is written for, or by the name of its package.
func otherNames() map[string]string {
	return map[string]string{
		"javascript": "js", "typescript": "js", "ts": "js", "node": "js", "nodejs": "js", "web": "js", "h5": "js", "browser": "js",
		"jssdk": "js", "wukongimjssdk": "js", "vue": "js", "react": "js", "reactnative": "rn-demo", "rn": "rn-demo",
		"kotlin": "android", "java": "android", "swift": "ios", "objc": "ios", "objectivec": "ios", "iphone": "ios",
		"dart": "flutter", "harmonyos": "harmony", "ohos": "harmony", "openharmony": "harmony", "arkts": "harmony", "golang": "go", "python": "easypython",
		"rust": "easyrust", "c#": "easycsharp", "csharp": "easycsharp", "dotnet": "easycsharp", "net": "easycsharp",
		"c++": "easycpp", "cpp": "easycpp", "uni": "uniapp", "uniappx": "uniapp",
	}
}

// near lists the families that a mistyped name may mean, nearest first.
func near(name string) []string {
	type candidate struct {
		family   string
		distance int
	}
	var list []candidate
	if name == "" || len(name) > 40 {
		return nil
	}
	if family := otherNames()[strings.NewReplacer(" ", "", "-", "", "_", "", ".", "").Replace(name)]; family != "" {
		return []string{family}
	}
	for _, f := range Families() {
		d := spell.Distance(name, f)
		if d <= 2 && d < len(name) || len(name) > 2 && (strings.Contains(f, name) || strings.Contains(name, f)) {
			list = append(list, candidate{f, d})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, c := range list[:min(3, len(list))] {
		names = append(names, c.family)
	}
	return names
}
