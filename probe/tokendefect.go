package probe

// TokenDefect names how a token differs from the one that was meant: the side that
// has something too much, and what. Servers compare tokens byte by byte (all
// releases).
type TokenDefect string

// The defects that have no side.
const (
	DefectCase    TokenDefect = "case"    // capitals and small letters alone
	DefectSeveral TokenDefect = "several" // more than one thing, on one side or on both: see the lists of TokenExtra
)

// The defects of one side: the token that is sent has one thing too much, or the
// stored one has.
const (
	DefectSentBlanks      TokenDefect = "sent-blanks"    // blanks or line ends around it
	DefectSentQuotes      TokenDefect = "sent-quotes"    // quotation marks around it
	DefectSentBearer      TokenDefect = "sent-bearer"    // the word Bearer before it
	DefectSentPrefix      TokenDefect = "sent-prefix"    // another word before it: Token, JWT, token=
	DefectSentInvisible   TokenDefect = "sent-invisible" // a BOM, or characters without width
	DefectSentPercent     TokenDefect = "sent-percent"   // URL encoding: %3D for =
	DefectSentEscapes     TokenDefect = "sent-escapes"   // JSON escapes: \u003d for =
	DefectSentPlus        TokenDefect = "sent-plus"      // blanks where the other has plus signs
	DefectStoredBlanks    TokenDefect = "stored-blanks"  // the back end registered them
	DefectStoredQuotes    TokenDefect = "stored-quotes"
	DefectStoredBearer    TokenDefect = "stored-bearer"
	DefectStoredPrefix    TokenDefect = "stored-prefix"
	DefectStoredInvisible TokenDefect = "stored-invisible"
	DefectStoredPercent   TokenDefect = "stored-percent"
	DefectStoredEscapes   TokenDefect = "stored-escapes"
	DefectStoredPlus      TokenDefect = "stored-plus"
)

// TokenDefects lists every value.
func TokenDefects() []TokenDefect {
	return []TokenDefect{
		DefectCase, DefectSeveral,
		DefectSentBlanks, DefectSentQuotes, DefectSentBearer, DefectSentPrefix,
		DefectSentInvisible, DefectSentPercent, DefectSentEscapes, DefectSentPlus,
		DefectStoredBlanks, DefectStoredQuotes, DefectStoredBearer, DefectStoredPrefix,
		DefectStoredInvisible, DefectStoredPercent, DefectStoredEscapes, DefectStoredPlus,
	}
}

// TokenExtra names one thing that a token has and the one that was meant has not.
type TokenExtra string

// The extras, in the order in which they are told.
const (
	ExtraBearer    TokenExtra = "bearer"    // the word Bearer before it, in whatever case
	ExtraToken     TokenExtra = "token"     // the word Token before it
	ExtraJWT       TokenExtra = "jwt"       // the word JWT before it
	ExtraAssign    TokenExtra = "assign"    // token= before it
	ExtraQuotes    TokenExtra = "quotes"    // quotation marks around it
	ExtraBlanks    TokenExtra = "blanks"    // blanks or line ends around it
	ExtraInvisible TokenExtra = "invisible" // a BOM, or characters without width
	ExtraPercent   TokenExtra = "percent"   // URL encoding: %3D for =
	ExtraEscapes   TokenExtra = "escapes"   // JSON escapes: \u003d for =, \/ for /
	ExtraPlus      TokenExtra = "plus"      // blanks where the other has plus signs
	ExtraCase      TokenExtra = "case"      // letters in another case
)

// TokenExtras lists every value, in that order.
func TokenExtras() []TokenExtra {
	return []TokenExtra{
		ExtraBearer, ExtraToken, ExtraJWT, ExtraAssign, ExtraQuotes, ExtraBlanks,
		ExtraInvisible, ExtraPercent, ExtraEscapes, ExtraPlus, ExtraCase,
	}
}

// Word is the word that stands before such a token, "" where the extra is none.
func (e TokenExtra) Word() string {
	return map[TokenExtra]string{ExtraBearer: "Bearer", ExtraToken: "Token", ExtraJWT: "JWT", ExtraAssign: "token="}[e]
}
