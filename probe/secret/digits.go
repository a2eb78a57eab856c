package secret

// number is what some digits stand for, and where they end.
type number struct{ value, end int }

// digits says which are wanted: of which base, and how many.
type digits struct{ base, least, most int }

// readings is how often a text may be read differently within one number: the
// digits may end before each escape, or go on with it, and \x36 is a 6, whose 3 may
// also be a digit of something else.
const readings = 12

type numbers struct {
	list [readings]number
	n    int
}

func (l *numbers) all() []number { return l.list[:l.n] }

func (l *numbers) add(n number) {
	if l.n < readings {
		l.list[l.n] = n
		l.n++
	}
}

// beyond is above every character, however many digits there are.
const beyond = 1 << 24

// digits goes on with a number. Where it can end in several places, because an
// escape follows that may stand for one more digit or not, it gives them all.
func (d *decoder) digits(first number, below int, want digits) (found numbers) {
	var now numbers
	now.add(first)
	for read := 0; now.n > 0; read++ {
		var more numbers
		for _, n := range now.all() {
			if read < want.most {
				d.digit(&more, n, below, want.base)
			}
			if read >= want.least && (read == want.most || !d.certain(n.end, want.base)) {
				found.add(n)
			}
		}
		now = more
	}
	return found
}

// digit adds to list what n may be with a digit more.
func (d *decoder) digit(list *numbers, n number, below, base int) {
	p := n.end
	if p < len(d.text) && !opensEscape(d.text[p]) {
		d.steps++
		if d.certain(p, base) {
			list.add(number{min(n.value*base+value(d.text[p]), beyond), p + 1})
		}
		return
	}
	for _, u := range d.any(p, below) {
		if v := value(u.val[0]); u.n == 1 && v >= 0 && v < base {
			list.add(number{min(n.value*base+v, beyond), u.end})
		}
	}
}

// certain says whether a digit stands at p as it is.
func (d *decoder) certain(p, base int) bool {
	return p < len(d.text) && value(d.text[p]) >= 0 && value(d.text[p]) < base
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// value gives the value of a hex digit, -1 for any other byte.
func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
