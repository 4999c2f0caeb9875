package vlog

import (
	"strings"
	"testing"
)

func TestLogPositions(t *testing.T) {
	l := Log{Level: 1, Max: 8}
	l.Printf("%s", "0123456789")
	at := l.Position()
	l.Printf("abc")
	l.Reset(at)
	l.Printf("\n")
	if got := l.Position(); got != 11 {
		t.Errorf("position %d", got)
	}
	l.Printf("%s", strings.Repeat("x", 20))
	if got := l.String(); got != "xxxxxxxx" {
		t.Errorf("a full log keeps its end: %q", got)
	}
	if got := l.Position(); got != 31 {
		t.Errorf("position %d after losing the beginning", got)
	}
	l.Reset(3)
	if got := l.String(); got != "" || l.Position() != 3 {
		t.Errorf("reset to what was lost: %q at %d", got, l.Position())
	}

	quiet := Log{}
	for range 10000 {
		quiet.Printf("a message of a path that was left\n")
	}
	quiet.Printf("the last\n")
	if len(quiet.buf) > 2*quietLog+100 || quiet.LastLine() != "the last" {
		t.Errorf("%d bytes without a log, ending in %q", len(quiet.buf), quiet.LastLine())
	}
}
