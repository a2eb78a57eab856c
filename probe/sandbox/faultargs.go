package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// faultKind is how a fault's argument is written. A form in brackets as a whole
// may be left out. read reports whether the argument is a good one, write is its
// opposite.
type faultKind struct {
	form  string
	read  func(f *Fault, arg string) bool
	write func(f Fault) string
}

// plain takes no argument.
func plain() faultKind { return faultKind{} }

func timed() faultKind {
	return faultKind{":DURATION", readDelay, func(f Fault) string { return f.Delay.String() }}
}

func maybeTimed() faultKind {
	return faultKind{"[:DURATION]", readDelay, func(f Fault) string {
		if f.Delay == 0 {
			return ""
		}
		return f.Delay.String()
	}}
}

func readDelay(f *Fault, arg string) bool {
	d, err := time.ParseDuration(arg)
	f.Delay = d
	return err == nil && d > 0
}

func number() faultKind {
	return faultKind{":N", readCount, func(f Fault) string { return strconv.Itoa(f.Count) }}
}

func counted() faultKind {
	return faultKind{"[:N]", readCount, func(f Fault) string {
		if f.Count == 0 {
			return ""
		}
		return strconv.Itoa(f.Count)
	}}
}

func readCount(f *Fault, arg string) bool {
	n, err := strconv.Atoi(arg)
	f.Count = n
	return err == nil && n > 0
}

func pathed() faultKind {
	return faultKind{"[:PATH]", func(f *Fault, arg string) bool {
		f.Path = arg
		return strings.HasPrefix(arg, "/")
	}, func(f Fault) string { return f.Path }}
}

func answered() faultKind {
	return faultKind{":STATUS[:PATH[:TEXT]]", func(f *Fault, arg string) bool {
		status, rest, _ := strings.Cut(arg, ":")
		f.Path, f.Text, _ = strings.Cut(rest, ":")
		return readStatus(f, status, http.StatusOK) && (f.Path == "" || strings.HasPrefix(f.Path, "/"))
	}, func(f Fault) string {
		return strings.TrimRight(fmt.Sprintf("%d:%s:%s", f.Status, f.Path, f.Text), ":")
	}}
}

func readStatus(f *Fault, arg string, least int) bool {
	n, err := strconv.Atoi(arg)
	f.Status = n
	return err == nil && n >= least && n <= 599
}

func flagged() faultKind {
	return faultKind{":N", readFlag, func(f Fault) string { return strconv.Itoa(int(f.Flag)) }}
}

func flagTimed() faultKind {
	return faultKind{":N:DURATION", func(f *Fault, arg string) bool {
		flag, delay, _ := strings.Cut(arg, ":")
		return readFlag(f, flag) && readDelay(f, delay)
	}, func(f Fault) string { return fmt.Sprintf("%d:%s", f.Flag, f.Delay) }}
}

func readFlag(f *Fault, arg string) bool {
	n, err := strconv.ParseUint(arg, 10, 8)
	f.Flag = uint8(n)
	return err == nil
}

func slots() faultKind {
	return faultKind{":N/M", func(f *Fault, arg string) bool {
		n, of, _ := strings.Cut(arg, "/")
		m, err := strconv.Atoi(of)
		f.Of = m
		return readCount(f, n) && err == nil && f.Count <= m
	}, func(f Fault) string { return fmt.Sprintf("%d/%d", f.Count, f.Of) }}
}

func rated() faultKind {
	return faultKind{":R[:STATUS[:SECONDS]]", func(f *Fault, arg string) bool {
		parts := strings.Split(arg, ":")
		if len(parts) > 3 || !readCount(f, parts[0]) {
			return false
		}
		if len(parts) > 1 && !readStatus(f, parts[1], http.StatusBadRequest) {
			return false
		}
		return len(parts) < 3 || readDelay(f, parts[2]+"s") && f.Delay%time.Second == 0
	}, func(f Fault) string {
		text := strconv.Itoa(f.Count)
		if f.Status != 0 {
			text += ":" + strconv.Itoa(f.Status)
		}
		if f.Delay != 0 {
			text += ":" + strconv.Itoa(int(f.Delay/time.Second))
		}
		return text
	}}
}

func linked() faultKind {
	return faultKind{":URL", func(f *Fault, arg string) bool {
		f.Text = arg
		return strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://")
	}, func(f Fault) string { return f.Text }}
}
