package serverconf

import (
	"slices"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/spell"
)

// successors name what replaced a key in a later generation.
func successor(path string, v3 bool) string {
	pairs := [][2]string{
		{"monitor.on", "manager.on"}, {"monitor.addr", "manager.addr"}, {"external.monitorAddr", "external.managerAddr"},
		{"wss.addr", KeyWSSAddr},
	}
	if v3 {
		pairs = [][2]string{
			{KeyExternalTCPAddr, KeyV3ExternalTCP}, {KeyExternalWSAddr, KeyV3ExternalWS}, {KeyExternalWSSAddr, KeyV3ExternalWSS},
			{KeyExternalIP, KeyV3ExternalWS}, {KeyHTTPAddr, KeyV3Listen}, {KeyAddr, KeyV3Listeners}, {KeyWSAddr, KeyV3Listeners}, {KeyWSSAddr, KeyV3Listeners},
		}
	}
	for _, p := range pairs {
		if strings.EqualFold(p[0], path) {
			return p[1]
		}
	}
	return ""
}

// checkKeys goes through what is written and asks whether the server reads it.
func (in *instance) checkKeys(f *file) {
	skip := ""
	for i := range f.settings {
		s := &f.settings[i]
		if len(in.issues) > maxIssues {
			return
		}
		if skip != "" && strings.HasPrefix(s.path, skip) {
			continue
		}
		skip = ""
		info := in.cat.lookup(s.path)
		switch {
		case strings.EqualFold(s.path, KeyClusterOn) && !in.cat.v3:
		case secretKey(s.path) && s.block:
			skip = s.path + "." // never look into what stands below a secret
			in.badShape(f, s, info)
		case info == nil && in.cat.section(s.path):
			in.checkSection(f, s)
		case info == nil:
			if in.unknownKey(f, s) {
				skip = s.path + "."
			}
		case !info.readBy(in.rel):
			in.otherGeneration(in.file.at(s), info, s.path)
		case in.strayed(f, s, info):
		default:
			in.checkValue(f, s, info)
			in.checkTwice(f, i, info)
		}
	}
}

// checkTwice: two spellings of one key are two keys for YAML and one for viper,
// which takes either as its map comes.
func (in *instance) checkTwice(f *file, i int, info *keyInfo) {
	for j := range f.settings[:i] {
		s, before := &f.settings[i], &f.settings[j]
		if in.cat.v3 || s.path == before.path || !strings.EqualFold(s.path, before.path) || s.value.text == before.value.text {
			continue
		}
		is := in.found(CodeOverridden, probe.SeverityWarning, f.at(s), args{"reason": "two-spellings", "setting": info.path, "by": place(cleanName(f.name), before.line)})
		in.about(is, cleanKey(s.path), showValue(info, s.value.text))
		in.fix(is, kv{info.path, wish(info, s.value.text)})
	}
}

// checkSection looks at a block's own line: "external: 1.2.3.4" holds no settings.
func (in *instance) checkSection(f *file, s *setting) {
	if s.block || s.value.typ == typeNull {
		return
	}
	is := in.found(CodeBadValue, probe.SeverityWarning, f.at(s), args{"reason": "block-expected", "setting": strings.ToLower(s.path) + "."})
	in.about(is, cleanKey(s.path), "")
	if strings.EqualFold(s.path, "external") {
		in.fix(is, kv{KeyExternalIP, sample(KeyExternalIP)})
	}
}

// strayed catches a key that is valid at the left edge too, but was meant for the
// empty block above it: wsAddr is the listener, external.wsAddr what clients are
// told. Shape of ticket WuKongIM#69.
func (in *instance) strayed(f *file, s *setting, info *keyInfo) bool {
	if s.after == "" || !info.address || strings.Contains(s.path, ".") {
		return false
	}
	meant := in.cat.lookup(s.after + "." + s.path)
	a, ok := parseAddress(s.value.text)
	if meant == nil || !ok || isWildcard(a.host) || a.host == "" {
		return false
	}
	in.misindented(f, s, meant, "empty-block")
	return true
}

// unknownKey reports a key that no release of the generation reads; it says
// whether the keys below are covered by that.
func (in *instance) unknownKey(f *file, s *setting) bool {
	if s.after != "" {
		if meant := in.cat.lookup(s.after + "." + lastPart(s.path)); meant != nil {
			in.misindented(f, s, meant, "empty-block")
			return true
		}
	}
	if old := in.otherCatalogue(s.path); old != nil {
		in.otherGeneration(f.at(s), old, s.path)
		return true
	}
	for i := range in.cat.keys {
		if k := in.cat.keys[i]; spelling(k.path) == spelling(s.path) {
			in.misspelt(f, s, k)
			return true
		}
	}
	if k := in.cat.nearest(s.path, pathOf); k != nil && strings.Contains(k.path, ".") {
		in.misspelt(f, s, k)
		return true
	}
	rest := s.path
	for strings.Contains(rest, ".") {
		_, rest, _ = strings.Cut(rest, ".")
		if meant := in.cat.lookup(rest); meant != nil {
			in.misindented(f, s, meant, "wrong-block")
			return true
		} else if in.cat.section(rest) && s.block {
			return false // its keys are reported one by one
		}
	}
	if meant := in.onlyLeaf(s); meant != nil {
		in.misindented(f, s, meant, "wrong-block")
		return true
	}
	if s.block && in.nearSection(s.path) {
		return false
	}
	in.misspelt(f, s, in.cat.nearest(s.path, pathOf))
	return true
}

// otherCatalogue finds a key of v1 or v2 in a v3 file.
func (in *instance) otherCatalogue(path string) *keyInfo {
	if !in.cat.v3 {
		return nil
	}
	return newCatalogue(false).lookup(path)
}

// onlyLeaf finds the one tracked key, or else the one key, of that last name.
func (in *instance) onlyLeaf(s *setting) *keyInfo {
	if s.block {
		return nil
	}
	var tracked, all []*keyInfo
	for _, k := range in.cat.byLeaf(lastPart(s.path)) {
		if !k.readBy(in.rel) {
			continue
		}
		all = append(all, k)
		if k.tracked {
			tracked = append(tracked, k)
		}
	}
	if len(tracked) == 1 {
		return tracked[0]
	}
	if len(tracked) == 0 && len(all) == 1 {
		return all[0]
	}
	return nil
}

// nearSection says whether a block's name is a slip of a known block: its keys then
// show which.
func (in *instance) nearSection(path string) bool {
	want := spelling(path)
	var heads []string
	for _, k := range in.cat.keys {
		if head, _, ok := strings.Cut(k.path, "."); ok {
			heads = append(heads, spelling(head))
		}
	}
	return len(spell.Nearest(want, slices.Compact(heads), tolerance(want))) > 0
}

func (in *instance) misindented(f *file, s *setting, meant *keyInfo, reason string) {
	severity := probe.SeverityWarning
	if in.cat.v3 {
		severity = probe.SeverityError
	}
	is := in.found(CodeMisindented, severity, f.at(s), args{"reason": reason, "setting": meant.path, "suggestion": meant.path, "block": cleanKey(s.after)})
	in.about(is, cleanKey(s.path), showValue(meant, s.value.text))
	in.fix(is, kv{meant.path, wish(meant, s.value.text)})
}

func (in *instance) misspelt(f *file, s *setting, meant *keyInfo) {
	severity, a := probe.SeverityInfo, args{"reason": "unknown", "setting": "", "suggestion": ""}
	if meant != nil {
		severity = probe.SeverityWarning
		a["reason"], a["setting"], a["suggestion"] = "spelling", meant.path, meant.path
	}
	if in.cat.v3 {
		severity = probe.SeverityError
	}
	is := in.found(CodeUnknownKey, severity, f.at(s), a)
	in.about(is, cleanKey(s.path), showValue(meant, s.value.text))
	if meant != nil {
		in.fix(is, kv{meant.path, wish(meant, s.value.text)})
	}
}

// otherGeneration reports a key that only other releases read.
func (in *instance) otherGeneration(at spot, info *keyInfo, written string) {
	severity := probe.SeverityInfo
	if info.tracked {
		severity = probe.SeverityWarning
	}
	next := successor(info.path, in.cat.v3)
	first, last := info.read[0].lo, info.read[len(info.read)-1].hi
	is := in.found(CodeOtherGeneration, severity, at, args{
		"reason": "not-this-generation", "setting": info.path, "suggestion": next,
		"generation": string(in.gen), "first": first.String(), "last": last.String(),
	})
	in.about(is, cleanKey(written), "")
	if in.cat.v3 {
		is.Severity = probe.SeverityError
	}
	if meant := in.cat.lookup(next); meant != nil {
		in.fix(is, kv{next, wish(meant, "")})
	}
}
