package secret

import (
	"slices"
	"strings"
)

// merge sorts the hits and makes one of those that overlap. It is named after the
// first whole token in it.
func (s *search) merge() {
	slices.SortStableFunc(s.hits, func(a, b hit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	merged := s.hits[:0]
	for _, h := range s.hits {
		if len(merged) == 0 || h.start >= merged[len(merged)-1].end {
			merged = append(merged, h)
			continue
		}
		m := &merged[len(merged)-1]
		if h.owner < 0 {
			if h.start = m.end; h.start < h.end {
				merged = append(merged, h)
			}
			break
		}
		if h.whole && !m.whole && m.owner >= 0 {
			m.owner, m.whole = h.owner, true
		}
		m.end = max(m.end, h.end)
	}
	s.hits = merged
}

// unreadable stands for the rest of a text that could not be searched.
const unreadable = "[hidden]"

// replace gives the text with aliases in place of what was found. Those of pieces
// have an ellipsis where something is missing.
func (s *search) replace(alias func(owner int32) string) string {
	if len(s.hits) == 0 {
		return s.text
	}
	var b strings.Builder
	from := 0
	for _, h := range s.hits {
		before, after := s.text[from:h.start], s.text[h.end:]
		b.WriteString(before)
		switch {
		case h.owner < 0:
			b.WriteString(unreadable)
		case h.whole:
			b.WriteString(alias(h.owner))
		default:
			if h.noHead && !strings.HasSuffix(before, ellipsis) && !strings.HasSuffix(before, "...") {
				b.WriteString(ellipsis)
			}
			b.WriteString(alias(h.owner))
			if h.noTail && !strings.HasPrefix(after, ellipsis) && !strings.HasPrefix(after, "...") {
				b.WriteString(ellipsis)
			}
		}
		from = h.end
	}
	b.WriteString(s.text[from:])
	return b.String()
}

const ellipsis = "…"
