package verifier

import (
	"bytes"
	"fmt"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/object"
)

const (
	defaultMaxLog = 16 << 20
	// quietLog bounds what is kept at level 0, where only the last line matters.
	quietLog = 64 << 10

	// States are aligned to stateColumn, or behind longer instructions to the next multiple of stateStep.
	stateColumn = 40
	stateStep   = 8
)

// logger holds the log text. Positions count bytes from the log's first one, so they
// stay valid when a long log loses its beginning.
type logger struct {
	level int
	max   int // bytes kept; 0 means defaultMaxLog
	buf   []byte
	lost  int // bytes dropped from the beginning

	// insnEnd is the position behind the last instruction's line, and insnWidth that line's
	// length: its state is appended there if nothing came between. 0 = none.
	insnEnd, insnWidth int
	lastLineInfo       *object.LineInfo

	// insnAt is where the messages about the current instruction begin.
	insnAt int

	began time.Time
}

func (l *logger) printf(format string, args ...any) {
	l.buf = fmt.Appendf(l.buf, format, args...)
	limit := l.max
	switch {
	case l.level == 0:
		limit = quietLog
	case limit == 0:
		limit = defaultMaxLog
	}
	if len(l.buf) > 2*limit {
		l.trim(limit)
	}
}

// trim drops the beginning so that keep bytes are left.
func (l *logger) trim(keep int) {
	if n := len(l.buf) - keep; n > 0 {
		l.lost += n
		l.buf = append(l.buf[:0], l.buf[n:]...)
	}
}

// position is where the next byte goes.
func (l *logger) position() int { return l.lost + len(l.buf) }

// reset forgets everything from pos on.
func (l *logger) reset(pos int) {
	l.insnAt = min(l.insnAt, pos)
	if pos < l.lost {
		l.lost, l.buf = pos, l.buf[:0]
		return
	}
	if n := pos - l.lost; n < len(l.buf) {
		l.buf = l.buf[:n]
	}
}

// startPath makes the next source line be shown even if it is the one shown last.
func (l *logger) startPath() { l.lastLineInfo = nil }

// lastLine returns the last line that is not empty.
func (l *logger) lastLine() string {
	text := bytes.TrimRight(l.buf, "\n")
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}

// insnLines returns what was said about the current instruction, without empty lines.
func (l *logger) insnLines() []string {
	var lines []string
	for line := range strings.Lines(string(l.buf[min(max(l.insnAt-l.lost, 0), len(l.buf)):])) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// dropLine takes the last line off.
func (l *logger) dropLine() {
	text := bytes.TrimRight(l.buf, "\n")
	l.buf = text[:bytes.LastIndexByte(text, '\n')+1]
}

func (l *logger) String() string {
	if l.level > 0 {
		limit := l.max
		if limit == 0 {
			limit = defaultMaxLog
		}
		l.trim(limit)
	}
	return string(l.buf)
}

// logInsn logs the instruction to be verified: at the start of a path the whole state,
// then what the last instruction changed, its source line and its text.
func (v *verifier) logInsn() {
	if v.log.level > 1 && v.walk.printState {
		v.log.printf("\nfrom %d to %d:", v.prevIdx, v.idx)
		v.printState(v.st.CurFrame, true)
		v.walk.printState = false
	}
	if v.anythingScratched() {
		v.printInsnState(v.st.CurFrame)
	}
	v.verboseLineInfo(v.idx, "; ")
	start := v.log.position()
	v.log.printf("%d: ", v.idx)
	v.verboseInsn(v.idx)
	v.log.insnEnd = v.log.position()
	v.log.insnWidth = v.log.insnEnd - start
}

// printInsnState logs what changed since the last print: on the line of the
// instruction if that is the last one, else on a line of its own.
func (v *verifier) printInsnState(frame uint32) {
	if v.log.insnEnd != 0 && v.log.insnEnd == v.log.position() {
		v.log.reset(v.log.insnEnd - 1) // the line's end
		v.log.printf("%*c;", stateIndent(v.log.insnWidth), ' ')
	} else {
		v.log.printf("%d:", v.idx)
	}
	v.printState(frame, false)
}

// stateIndent is how many blanks come between a line of the width and its state.
func stateIndent(width int) int {
	column := max(width+stateStep/2, stateColumn)
	return (column+stateStep-1)/stateStep*stateStep - width - 1
}

// verboseInsn logs the instruction's text with a newline.
func (v *verifier) verboseInsn(idx int) {
	v.log.buf = insn.AppendText(v.log.buf, v.insns, idx, insn.Names{Call: v.calleeName, Imm: v.immText})
	v.log.printf("\n")
}

// calleeName names the helper or kernel function an instruction calls.
func (v *verifier) calleeName(in *insn.Insn) (string, bool) {
	switch {
	case in.IsHelperCall():
		return v.helperName(in.Imm), true
	case in.IsKfuncCall():
		set := int(in.Off)
		if set < 0 || set >= len(v.typesets) {
			return "<error>", true
		}
		return typeName(v.typesets[set].ByID(uint32(in.Imm))), true
	}
	return "", false
}

// immText shows addresses of maps and kernel variables as 0, as the kernel does for those who
// may not see them. Where in an arena something lies is no secret, if the program says where that begins.
func (v *verifier) immText(in *insn.Insn, imm uint64) (string, bool) {
	switch in.Src {
	case insn.PSEUDO_MAP_VALUE:
		if n := int(in.Imm); n >= 0 && n < len(v.maps) && v.maps[n].Type == kernel.MAP_TYPE_ARENA && v.maps[n].MapExtra != 0 {
			return fmt.Sprintf("0x%x", v.maps[n].MapExtra+imm>>32), true
		}
		return "0x0", true
	case insn.PSEUDO_MAP_FD, insn.PSEUDO_BTF_ID:
		return "0x0", true
	}
	return "", false
}

// lineOf returns the line an instruction comes from, nil if that is not known.
func (v *verifier) lineOf(idx int) *object.LineInfo {
	lines := v.img.Lines
	if len(lines) == 0 || idx < 0 || idx >= len(v.insns) {
		return nil
	}
	n := sort.Search(len(lines), func(i int) bool { return int(lines[i].Insn) > idx })
	return &lines[max(n-1, 0)]
}

// verboseLineInfo logs the source line of an instruction if it is not the one logged last.
func (v *verifier) verboseLineInfo(idx int, prefix string) {
	if v.log.level == 0 {
		return
	}
	at, last := v.lineOf(idx), v.log.lastLineInfo
	if at == nil || at == last || last != nil && at.File == last.File && at.Line == last.Line {
		return
	}
	v.log.printf("%s%s @ %s:%d\n", prefix, strings.TrimLeft(at.Text, " \t\n\v\f\r"), path.Base(at.File), at.Line)
	v.log.lastLineInfo = at
}

// nameUnresolved puts what the loader could not resolve in place of the call of a helper
// that does not exist, at the log's end, as loaders do.
func (v *verifier) nameUnresolved() {
	n := sort.Search(len(v.img.Unresolved), func(i int) bool { return v.img.Unresolved[i].Insn >= v.idx })
	if n == len(v.img.Unresolved) || v.img.Unresolved[n].Insn != v.idx || !strings.HasPrefix(v.log.lastLine(), "invalid func unknown#") {
		return
	}
	v.log.dropLine()
	if strings.HasPrefix(v.log.lastLine(), fmt.Sprintf("%d: (", v.idx)) {
		v.log.dropLine()
		v.log.printf("%d: %s\n", v.idx, v.img.Unresolved[n].What)
	}
	v.log.printf("%s\n", v.img.Unresolved[n].Why)
}

// logLiveRegs logs the table of live registers, at level 2.
func (v *verifier) logLiveRegs() {
	if v.log.level < 2 {
		return
	}
	v.log.printf("Live regs before insn:\n")
	for i := 0; i < len(v.insns); i++ {
		if scc := v.aux[i].scc; scc != 0 {
			v.log.printf("%3d ", scc)
		} else {
			v.log.printf("    ")
		}
		v.log.printf("%3d: ", i)
		for r := range insn.FP {
			if v.aux[i].liveRegsBefore&(1<<r) != 0 {
				v.log.printf("%d", r)
			} else {
				v.log.printf(".")
			}
		}
		v.log.printf(" ")
		v.verboseInsn(i)
		if v.insns[i].IsLdImm64() {
			i++
		}
	}
}

// logStats logs what the verification cost.
func (v *verifier) logStats() {
	if v.log.level == 0 {
		return
	}
	w := &v.walk
	v.log.printf("verification time %d usec\n", time.Since(v.log.began).Microseconds())
	v.log.printf("stack depth %s\n", v.stackDepths())
	v.log.printf("processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states %d mark_read %d\n",
		w.processed, complexityLimitInsns, w.maxStatesPerInsn, w.totalStates, w.peakStates, 0)
}

// fmtStackMask lists stack slots by offset: "-8,-16".
func fmtStackMask(mask uint64) string { return liveness.SlotNames(mask) }

// fmtRegMask lists registers: "r1,r6".
func fmtRegMask(mask uint32) string {
	var b []byte
	for r := range insn.MaxReg {
		if mask&(1<<r) != 0 {
			if b != nil {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, "r%d", r)
		}
	}
	return string(b)
}
