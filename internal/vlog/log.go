// Package vlog keeps the text of a verification: the kernel's log, and the refusals that go with its lines.
package vlog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

const (
	defaultMaxLog = 16 << 20
	// quietLog bounds what is kept at level 0, where only the last line matters.
	quietLog = 64 << 10
)

// Log holds the log text. Positions count bytes from the log's first one, so they
// stay valid when a long log loses its beginning.
type Log struct {
	Level int
	Max   int // bytes kept; 0 means defaultMaxLog
	buf   []byte
	lost  int // bytes dropped from the beginning

	// InsnEnd is the position behind the last instruction's line, and InsnWidth that line's
	// length: its state is appended there if nothing came between. 0 = none.
	InsnEnd, InsnWidth int
	LastLineInfo       *object.LineInfo

	// InsnAt is where the messages about the current instruction begin.
	InsnAt int
	said   []Said // the last few messages

	Began time.Time

	// Kernel is the one whose words messages are in, asked where there is one; nil for none.
	Kernel *kmodel.Model

	// Why is set once, by Unsupported.
	Why string
}

// Recycle forgets everything, and keeps the memory of a small log for the next.
func (l *Log) Recycle() {
	clear(l.said[:cap(l.said)])
	*l = Log{said: l.said[:0], buf: l.buf[:0]}
	if cap(l.buf) > quietLog {
		l.buf = nil
	}
}

func (l *Log) Printf(format string, args ...any) {
	l.buf = fmt.Appendf(l.buf, format, args...)
	limit := l.Max
	switch {
	case l.Level == 0:
		limit = quietLog
	case limit == 0:
		limit = defaultMaxLog
	}
	if len(l.buf) > 2*limit {
		l.trim(limit)
	}
}

// trim drops the beginning so that keep bytes are left.
func (l *Log) trim(keep int) {
	if n := len(l.buf) - keep; n > 0 {
		l.lost += n
		l.buf = append(l.buf[:0], l.buf[n:]...)
	}
}

// Position is where the next byte goes.
func (l *Log) Position() int { return l.lost + len(l.buf) }

// Reset forgets everything from pos on.
func (l *Log) Reset(pos int) {
	l.InsnAt = min(l.InsnAt, pos)
	for len(l.said) > 0 && l.said[len(l.said)-1].at >= pos {
		l.said = l.said[:len(l.said)-1]
	}
	if pos < l.lost {
		l.lost, l.buf = pos, l.buf[:0]
		return
	}
	if n := pos - l.lost; n < len(l.buf) {
		l.buf = l.buf[:n]
	}
}

// StartPath makes the next source line be shown even if it is the one shown last.
func (l *Log) StartPath() { l.LastLineInfo = nil }

// LastLine returns the last line that is not empty.
func (l *Log) LastLine() string {
	text := bytes.TrimRight(l.buf, "\n")
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}

// InsnLines returns what was said about the current instruction, without empty lines.
func (l *Log) InsnLines() []string {
	var lines []string
	for line := range strings.Lines(string(l.buf[min(max(l.InsnAt-l.lost, 0), len(l.buf)):])) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Said is what a message in the log was made from.
type Said struct {
	Format string // of the message without its line's end
	Args   []any  // nil for a message that was made elsewhere
	at     int    // where the message begins
}

// Formats are those of messages.
func Formats(said []Said) []string {
	formats := make([]string, len(said))
	for i := range said {
		formats[i] = said[i].Format
	}
	return formats
}

// maxSaid bounds the messages remembered; no instruction has that many.
const maxSaid = 32

func (l *Log) note(format string, args []any) {
	if len(l.said) == maxSaid {
		l.said = append(l.said[:0], l.said[maxSaid/2:]...)
	}
	l.said = append(l.said, Said{format, args, l.Position()})
}

// InsnSaid returns what the messages about the current instruction were made from, in their order.
func (l *Log) InsnSaid() []Said {
	i := len(l.said)
	for i > 0 && l.said[i-1].at >= l.InsnAt {
		i--
	}
	return slices.Clone(l.said[i:])
}

// DropLine takes the last line off.
func (l *Log) DropLine() {
	text := bytes.TrimRight(l.buf, "\n")
	l.buf = text[:bytes.LastIndexByte(text, '\n')+1]
}

func (l *Log) String() string {
	if l.Level > 0 {
		limit := l.Max
		if limit == 0 {
			limit = defaultMaxLog
		}
		l.trim(limit)
	}
	return string(l.buf)
}

// Append adds what f appends to the text.
func (l *Log) Append(f func(text []byte) []byte) { l.buf = f(l.buf) }
