package main

import (
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

const (
	progressDelay = time.Second // short runs show nothing
	progressEvery = 100 * time.Millisecond
)

// progress is one line on a terminal that tells how far a long run has come.
type progress struct {
	w     io.Writer // nil where nobody looks
	start time.Time

	mu    sync.Mutex
	done  int
	last  time.Time
	shown bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{start: time.Now()}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

// observe counts programs and draws the line.
func (p *progress) observe(e bpfverdict.Event) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Result != nil {
		p.done++
		return
	}
	now := time.Now()
	if now.Sub(p.start) < progressDelay || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	line := fmt.Sprintf("%d programs judged, now %s: %s", p.done, report.Escape(e.Object), report.Escape(e.Program))
	fmt.Fprintf(p.w, "\r\x1b[K%s", cut(line, columns(p.w)-1))
}

// cut returns what of s fits into n characters; all of it if n is not positive. A line that wraps could not be removed.
func cut(s string, n int) string {
	if n <= 0 || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// clear removes the line.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
