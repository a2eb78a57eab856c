package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
)

// group is a set of token flags that behave alike with the same connect flags.
type group struct {
	sample *probe.Pairing // any of them
	tokens []wire.DeviceFlag
	target string // what they connect as, in words
}

// groups collects equal pairings. Pairings of a token with its own flag are
// told apart from the others, so that 256 rows become two groups.
func (w words) groups(m matrix) []group {
	type key struct {
		cell string
		same bool // the connect flag is the token's
	}
	byKey := map[key][]group{}
	var order []key
	for _, r := range m.rows {
		row := map[key][]wire.DeviceFlag{}
		sample := map[key]*probe.Pairing{}
		for _, c := range m.cols {
			pr := m.cell[[2]wire.DeviceFlag{r, c}]
			if pr == nil {
				continue
			}
			k := key{rank(pr) + w.observed(&pr.Result), r == c}
			row[k] = append(row[k], c)
			sample[k] = pr
		}
		for k, cols := range row {
			if _, seen := byKey[k]; !seen {
				order = append(order, k)
			}
			byKey[k] = addRow(byKey[k], r, sample[k], w.target(k.same, r, cols, m.cols))
		}
	}
	slices.SortFunc(order, func(a, b key) int {
		if a.same != b.same && a.cell[0] == b.cell[0] {
			return map[bool]int{true: -1, false: 1}[a.same]
		}
		return strings.Compare(a.cell, b.cell)
	})
	var list []group
	for _, k := range order {
		list = append(list, byKey[k]...)
	}
	return list
}

func addRow(groups []group, r wire.DeviceFlag, sample *probe.Pairing, target string) []group {
	for i := range groups {
		if groups[i].target == target {
			groups[i].tokens = append(groups[i].tokens, r)
			return groups
		}
	}
	return append(groups, group{sample: sample, tokens: []wire.DeviceFlag{r}, target: target})
}

// target names the connect flags of a group. A row's own flag is never among
// the others' flags, so it counts as present there: otherwise no two rows of a
// square table would be alike.
func (w words) target(same bool, r wire.DeviceFlag, cols, all []wire.DeviceFlag) string {
	if len(all) == 1 {
		return flagName(all[0])
	}
	if same {
		return w.say("table.same-flag")
	}
	missing := 0
	for _, c := range all {
		if !slices.Contains(cols, c) && c != r {
			missing++
		}
	}
	if missing == 0 {
		return w.say("table.other-flags")
	}
	return ranges(cols)
}

// rank orders what needs attention first.
func rank(p *probe.Pairing) string {
	switch {
	case loud(p):
		return "0"
	case p.Verdict == probe.OutcomeFail:
		return "1"
	case p.Verdict == probe.OutcomeWarn, p.Verdict == probe.OutcomeUnknown:
		return "2"
	case p.Verdict == probe.OutcomePass:
		return "3"
	}
	return "4"
}

// ranges writes flags as short as they can be read: "0, 2-255", "1 WEB".
func ranges(flags []wire.DeviceFlag) string {
	if len(flags) == 1 {
		return flagName(flags[0])
	}
	var parts []string
	for i := 0; i < len(flags); {
		j := i
		for j+1 < len(flags) && flags[j+1] == flags[j]+1 {
			j++
		}
		first, last := strconv.Itoa(int(flags[i])), strconv.Itoa(int(flags[j]))
		switch j - i {
		case 0:
			parts = append(parts, first)
		case 1:
			parts = append(parts, first, last)
		default:
			parts = append(parts, first+"-"+last)
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
