package report

import (
	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/wire"
	"github.com/wkctl/wkctl/report/text"
)

// The picture of the pairings. One pairing is drawn as what happens between
// back end, server and client; a few as tiles; many as dots.

// Sizes in units of the drawing.
const (
	tileWidth, tileHeight = 128, 88
	tileGap               = 10
	gridLeft, gridTop     = 96, 58
	maxTiles              = 8    // per side
	maxDots               = 4096 // more are neither seen nor wanted in a file
	dotsPerRow            = 16
)

type (
	webLabel struct {
		X, Y int
		Text string
	}
	webTile struct {
		X, Y                           int
		Class, Title, Icon, Word, Time string
		Tick                           bool
	}
	webGrid struct {
		Width, Height, MidX, MidY int
		Cols, Rows                []webLabel
		Tiles                     []webTile
	}
	webDots struct {
		Width, Height, Size int
		Caption             string
		Tiles               []webTile
	}
)

func (page *webPage) picture(d *probe.Diagnosis, w words) {
	m := newMatrix(d.Pairings)
	cells := len(m.rows) * len(m.cols)
	switch {
	case tallied(d.Pairings).tested == 0:
		return
	case len(d.Pairings) == 1:
		page.Flow = newFlow(d, w)
		return
	case len(m.rows) <= maxTiles && len(m.cols) <= maxTiles:
		page.Grid = newWebGrid(m, d.Server.TokenAuth, w)
		return
	case cells <= maxDots:
		page.Dots = newWebDots(m, d.Server.TokenAuth, w)
	}
	for i, g := range w.groups(m) {
		if i == maxGroups {
			break
		}
		page.Groups = append(page.Groups, webGroup{
			Label: ranges(g.tokens) + " → " + g.target, Class: tileClass(g.sample, d.Server.TokenAuth),
			Mark: w.mark(g.sample.Verdict), Word: w.observed(&g.sample.Result),
		})
	}
}

// tileClass names the look of a pairing: colour tells the verdict, and an
// expected refusal is quiet.
func tileClass(pr *probe.Pairing, auth probe.TokenAuth) string {
	switch {
	case auth == probe.AuthOff:
		return "skip"
	case loud(pr):
		return "loud"
	case pr.Verdict == probe.OutcomePass && pr.Observed != probe.Accepted:
		return "quiet"
	}
	return string(pr.Verdict)
}

// icon draws an observation around the origin.
func icon(o probe.Observed) string {
	const circle = "M -14 0 a 14 14 0 1 0 28 0 a 14 14 0 1 0 -28 0 "
	switch o {
	case probe.Accepted:
		return circle + "M -6 0.5 l 4.5 4.5 l 8 -9"
	case probe.Refused:
		return circle + "M -9.5 9.5 L 9.5 -9.5"
	case probe.Silent:
		return circle + "M -6 0 h 0.1 M 0 0 h 0.1 M 6 0 h 0.1"
	case probe.Closed, probe.Unreachable:
		return circle + "M -5 -5 L 5 5 M 5 -5 L -5 5"
	}
	return "M -8 0 H 8"
}

func outcomeIcon(o probe.Outcome) string {
	switch o {
	case probe.OutcomePass:
		return icon(probe.Accepted)
	case probe.OutcomeFail:
		return icon(probe.Unreachable)
	}
	return "M -14 0 a 14 14 0 1 0 28 0 a 14 14 0 1 0 -28 0 M 0 -7 V 2 M 0 7 h 0.1"
}

func (w words) tile(pr *probe.Pairing, auth probe.TokenAuth) webTile {
	word := w.observed(&pr.Result)
	t := webTile{
		Class: tileClass(pr, auth), Icon: icon(pr.Observed), Word: word,
		Title: w.colon(flagName(pr.TokenFlag)+" → "+flagName(pr.ConnectFlag), word),
	}
	t.Tick = t.Class == "quiet"
	if pr.ElapsedMS > 0 {
		t.Time = millis(pr.ElapsedMS)
	}
	if pr.Code != "" {
		t.Time = pr.Code
	}
	return t
}

func newWebGrid(m matrix, auth probe.TokenAuth, w words) *webGrid {
	g := &webGrid{
		Width:  gridLeft + len(m.cols)*(tileWidth+tileGap),
		Height: gridTop + len(m.rows)*(tileHeight+tileGap),
	}
	g.MidX = (gridLeft + g.Width - tileGap) / 2
	g.MidY = (gridTop + g.Height - tileGap) / 2
	for i, c := range m.cols {
		g.Cols = append(g.Cols, webLabel{gridLeft + i*(tileWidth+tileGap) + tileWidth/2, gridTop - 14, flagName(c)})
	}
	for i, r := range m.rows {
		y := gridTop + i*(tileHeight+tileGap)
		g.Rows = append(g.Rows, webLabel{gridLeft - 14, y + tileHeight/2 + 5, flagName(r)})
		for j, c := range m.cols {
			if pr := m.cell[[2]wire.DeviceFlag{r, c}]; pr != nil {
				t := w.tile(pr, auth)
				t.X, t.Y = gridLeft+j*(tileWidth+tileGap), y
				g.Tiles = append(g.Tiles, t)
			}
		}
	}
	return g
}

// newWebDots draws a square per pairing. A single column or row is folded into
// rows of 16, so that flag 0x1F stands in row 1, column F.
func newWebDots(m matrix, auth probe.TokenAuth, w words) *webDots {
	across := len(m.cols)
	fold := len(m.cols) == 1 || len(m.rows) == 1
	if fold {
		across = dotsPerRow
	}
	size := max(4, min(26, 640/max(across, 1)-2))
	g := &webDots{Size: size}
	n := 0
	for i, r := range m.rows {
		for j, c := range m.cols {
			pr := m.cell[[2]wire.DeviceFlag{r, c}]
			if pr == nil {
				continue
			}
			t := w.tile(pr, auth)
			x, y := j, i
			if fold {
				x, y = n%dotsPerRow, n/dotsPerRow
			}
			n++
			t.X, t.Y = x*(size+2), y*(size+2)
			g.Width, g.Height = max(g.Width, t.X+size), max(g.Height, t.Y+size)
			g.Tiles = append(g.Tiles, t)
		}
	}
	g.Caption = w.say("table.caption")
	if fold {
		g.Caption = w.say("html.dots", text.Args{"n": ranges(m.rows), "target": ranges(m.cols)})
	}
	return g
}

// webFlow draws one pairing: the row of the store that the back end wrote, and
// the row that the client's login looks at.
type webFlow struct {
	MinX, Width, Height                     int
	StoreHeight, SideY, SideMid             int
	SideText1, SideText2, SideText3, BadgeY int
	TokenY, ConnectY                        int
	Token, Connect, SDK, Seen, Class, Alt   string
	Rows                                    []webRow
}

type webRow struct {
	Y, TextY           int
	Class, Flag, State string
}

const (
	flowTop, flowRow = 48, 54
	flowWidth        = 760
	storeLeft        = 256
)

func newFlow(d *probe.Diagnosis, w words) *webFlow {
	pr := &d.Pairings[0]
	f := &webFlow{
		Connect: flagName(pr.ConnectFlag), SDK: clean(pr.SDK, 22), Class: tileClass(pr, d.Server.TokenAuth),
		Seen: w.observed(&pr.Result),
	}
	if f.Class == "loud" || f.Class == "quiet" {
		f.Class = string(pr.Verdict)
	}
	if d.Mode == probe.ModeUser {
		f.MinX = storeLeft // nobody registers anything there: no back end to draw
	} else {
		f.Token = flagName(pr.TokenFlag)
	}
	f.Width = flowWidth - f.MinX
	f.Alt = w.colon(w.login(d, pr), f.Seen)
	f.rows(d, w)
	f.StoreHeight = flowTop + len(f.Rows)*flowRow - 8
	f.Height = max(f.StoreHeight+16, 150)
	f.SideY = max((f.StoreHeight+16-92)/2, 8)
	f.SideMid, f.SideText1, f.SideText2, f.SideText3 = f.SideY+46, f.SideY+27, f.SideY+52, f.SideY+76
	f.BadgeY = f.SideY + 116
	f.Height = max(f.Height, f.BadgeY+10)
	return f
}

// rows lists what is stored: for an existing user what the server showed, for a
// test user what wkctl itself stored.
func (f *webFlow) rows(d *probe.Diagnosis, w words) {
	pr := &d.Pairings[0]
	state := map[wire.DeviceFlag]string{}
	var order []wire.DeviceFlag
	add := func(flag wire.DeviceFlag, s string) {
		if _, seen := state[flag]; !seen && len(order) < maxStoreRows {
			order = append(order, flag)
			state[flag] = s
		}
	}
	if d.User != nil {
		for _, s := range d.User.Stored {
			add(s.DeviceFlag, w.word("slot.", string(s.State)))
		}
	} else if pr.TokenFlag != pr.ConnectFlag {
		add(pr.TokenFlag, clean(pr.Token, 12))
	}
	add(pr.ConnectFlag, w.word("slot.", string(pr.ExpectToken)))
	for i, flag := range order {
		y := flowTop + i*flowRow
		row := webRow{Y: y, TextY: y + 27, Flag: "(uid, " + flagName(flag) + ")", State: state[flag]}
		if flag == pr.ConnectFlag {
			row.Class = f.Class
			f.ConnectY = y + 22
		}
		if flag == pr.TokenFlag {
			f.TokenY = y + 22
		}
		f.Rows = append(f.Rows, row)
	}
}
