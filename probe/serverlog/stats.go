package serverlog

import "bytes"

// Stats says what a scan read, so that nothing is silently left out.
type Stats struct {
	Lines int64 `json:"lines"`
	// Bytes is the length of the text: decoded, without a byte order mark.
	Bytes int64 `json:"bytes"`
	// Encoding is how the text was packed; "" = nothing was read.
	Encoding Encoding `json:"encoding,omitempty"`
	// Known counts the lines that a WuKongIM server writes, whatever they are
	// about; those with a level that name no module of it are not counted.
	Known int64 `json:"known"`
	// LastKnown is the number of the last of them, stack traces aside; 0: there is none.
	LastKnown int64 `json:"last_known"`
	// Form says, where no line is known, what was read instead.
	Form Form `json:"form,omitempty"`
	// Levels counts all lines by level; "" are the lines without one.
	Levels map[string]int64 `json:"levels"`
	// Entries counts what was handed over.
	Entries int64 `json:"entries"`
	// Folded counts the lines that belong to an entry of another line: second
	// lines of a refusal, the text of a panic.
	Folded int64 `json:"folded"`
	// Trace counts the lines of stack traces.
	Trace int64 `json:"trace"`
	// Other counts lines that were read and are about something else, by level.
	Other map[string]int64 `json:"other"`
	// Plain counts the lines that are in no format of a WuKongIM log.
	Plain int64 `json:"plain"`
	// Blank counts the lines with nothing on them, outside of stack traces.
	Blank int64 `json:"blank"`
	// Cut counts the lines longer than 64 KiB; only their front was read.
	Cut int64 `json:"cut"`
	// Unterminated says that the log does not end with a line end.
	Unterminated bool `json:"unterminated"`
	// Unknown are samples of error lines that are not understood, one for each
	// message, in order of appearance.
	Unknown []UnknownError `json:"unknown,omitempty"`
	// UnknownDropped counts error lines whose message found no room in Unknown.
	UnknownDropped int64 `json:"unknown_dropped"`
}

// UnknownError is an error message that is not in the table.
type UnknownError struct {
	Level   string `json:"level"`
	Module  string `json:"module,omitempty"`
	Message string `json:"message"`
	Count   int64  `json:"count"`
	// Line and Text are of the first one.
	Line int64  `json:"line"`
	Text string `json:"text"`
}

// maxSamples is how many different unknown error messages are kept.
const maxSamples = 50

// counter counts while the scan runs, without allocating.
type counter struct {
	stats  Stats
	levels [levelCount]int64
	other  [levelCount]int64
	byMsg  map[string]int // index into stats.Unknown
}

// unknown counts an error line whose message is not understood and keeps the
// first one of each message.
func (c *counter) unknown(rec *record, at int64, mask *masker) {
	key := rec.msg
	if len(key) > maxShort {
		key = key[:maxShort]
	}
	if i, ok := c.byMsg[string(key)]; ok {
		c.stats.Unknown[i].Count++
		return
	}
	if len(c.stats.Unknown) >= maxSamples {
		c.stats.UnknownDropped++
		return
	}
	if c.byMsg == nil {
		c.byMsg = make(map[string]int)
	}
	c.byMsg[string(key)] = len(c.stats.Unknown)
	name := base(rec.module)
	text := mask.text(rec.text, maxText)
	c.stats.Unknown = append(c.stats.Unknown, UnknownError{
		Level:   rec.level.String(),
		Module:  mask.scrub(clean(bytes.TrimSuffix(name, []byte("-")), maxShort)),
		Message: mask.text(key, maxShort),
		Count:   1, Line: at, Text: text,
	})
}

// result gives the counts in the form they are handed over in.
func (c *counter) result() Stats {
	s := c.stats
	s.Levels, s.Other = map[string]int64{}, map[string]int64{}
	for l := range levelCount {
		if c.levels[l] > 0 {
			s.Levels[l.String()] = c.levels[l]
		}
		if c.other[l] > 0 {
			s.Other[l.String()] = c.other[l]
		}
	}
	return s
}
