package diagnose

import (
	"slices"
	"strconv"

	"github.com/wkctl/wkctl/probe"
)

// tokenOverwritten: the row holds another token. It may be the same but for
// blanks, a word or an encoding on either side; the server compares byte by byte.
func tokenOverwritten(f *facts) *finding {
	found := f.ownFlag(probe.TokenOther)
	if found == nil {
		return nil
	}
	defect, sent, stored := f.defect()
	if defect == "" {
		return found
	}
	found.Args["variant"] = string(defect)
	tellExtras(found.Args, "sent", sent)
	tellExtras(found.Args, "stored", stored)
	for _, is := range slices.Concat(sent, stored) {
		if is.Word() != "" {
			found.Args["word"] = is.Word()
		}
	}
	return found
}

// defect says in what alone the sent token differs from the stored one of its
// flag; "" where it is quite another, or not known.
func (f *facts) defect() (defect probe.TokenDefect, sent, stored []probe.TokenExtra) {
	if f.User == nil {
		return "", nil, nil
	}
	if r := f.row(f.User.ConnectFlag); r != nil {
		return r.Differs, r.SentExtra, r.StoredExtra
	}
	if s := f.tidied(); s != nil {
		return s.Changed, s.Extra, nil
	}
	return "", nil, nil
}

// tidied gives the login that was let in on the client's own flag once a defect of
// the token was put right; nil: there is none.
func (f *facts) tidied() *probe.SweepResult {
	for i := range f.User.Sweep {
		s := &f.User.Sweep[i]
		if accepted, _ := s.Result.LetIn(); accepted && s.ConnectFlag == f.User.ConnectFlag && s.Changed != "" {
			return s
		}
	}
	return nil
}

// tidiedUp says of a login of the sweep how its token was tidied up.
func tidiedUp(s *probe.SweepResult, seen probe.Phrase) probe.Phrase {
	args := map[string]any{"login": seen}
	for i, is := range s.Extra {
		args[[]string{"changed", "second", "third"}[min(i, 2)]] = extraText(is)
	}
	switch len(s.Extra) {
	case 0: // of an older document
		args["changed"] = string(s.Changed)
	case 1:
	case 2:
		return probe.Say("tidied-two", "with the token tidied up ({{.changed}}, {{.second}}): {{.login}}", args)
	default:
		return probe.Say("tidied-three", "with the token tidied up ({{.changed}}, {{.second}}, {{.third}}): {{.login}}", args)
	}
	return probe.Say("tidied", "with the token tidied up ({{.changed}}): {{.login}}", args)
}

// tellExtras gives the texts of a finding what a token has too much, as {{.sent1}}
// and so on.
func tellExtras(args map[string]string, side string, list []probe.TokenExtra) {
	for i, is := range list[:min(len(list), maxExtras)] {
		tell(args, side+strconv.Itoa(i+1), extraText(is))
	}
}

// maxExtras bounds what is told of one token: nobody meets more.
const maxExtras = 4

// extraText names one thing that a token has too much, behind "the token has".
func extraText(is probe.TokenExtra) probe.Phrase {
	told, known := map[probe.TokenExtra]probe.Phrase{
		probe.ExtraBearer:    probe.Say("extra-bearer", "the word Bearer before it", nil),
		probe.ExtraToken:     probe.Say("extra-token", "the word Token before it", nil),
		probe.ExtraJWT:       probe.Say("extra-jwt", "the word JWT before it", nil),
		probe.ExtraAssign:    probe.Say("extra-assign", "token= before it", nil),
		probe.ExtraQuotes:    probe.Say("extra-quotes", "quotation marks around it", nil),
		probe.ExtraBlanks:    probe.Say("extra-blanks", "spaces or a line end around it", nil),
		probe.ExtraInvisible: probe.Say("extra-invisible", "invisible characters in it (a BOM, zero-width characters)", nil),
		probe.ExtraPercent:   probe.Say("extra-percent", "URL encoding (%3D for =)", nil),
		probe.ExtraEscapes:   probe.Say("extra-escapes", `JSON escapes (\u003d for =, \/ for /)`, nil),
		probe.ExtraPlus:      probe.Say("extra-plus", "spaces in place of plus signs", nil),
		probe.ExtraCase:      probe.Say("extra-case", "letters in another case", nil),
	}[is]
	if !known {
		return probe.Phrase{Text: string(is)} // of a later document
	}
	return told
}
