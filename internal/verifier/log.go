package verifier

import (
	"fmt"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

const (
	// States are aligned to stateColumn, or behind longer instructions to the next multiple of stateStep.
	stateColumn = 40
	stateStep   = 8
)

// logInsn logs the instruction to be verified: at the start of a path the whole state,
// then what the last instruction changed, its source line and its text.
func (v *verifier) logInsn() {
	if v.Level > 1 && v.walk.printState {
		v.Printf("\nfrom %d to %d:", v.prevIdx, v.idx)
		v.printState(v.st.CurFrame, true)
		v.walk.printState = false
	}
	if v.anythingScratched() {
		v.printInsnState(v.st.CurFrame)
	}
	v.verboseLineInfo(v.idx, "; ")
	start := v.Position()
	v.Printf("%d: ", v.idx)
	v.verboseInsn(v.idx)
	v.InsnEnd = v.Position()
	v.InsnWidth = v.InsnEnd - start
}

// printInsnState logs what changed since the last print: on the line of the
// instruction if that is the last one, else on a line of its own.
func (v *verifier) printInsnState(frame uint32) {
	if v.InsnEnd != 0 && v.InsnEnd == v.Position() {
		v.Reset(v.InsnEnd - 1) // the line's end
		v.Printf("%*c;", stateIndent(v.InsnWidth), ' ')
	} else {
		v.Printf("%d:", v.idx)
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
	v.Append(func(b []byte) []byte {
		return append(insn.AppendText(b, v.insns, idx, insn.Names{Call: v.calleeName, Imm: v.immText}), '\n')
	})
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
		if n := int(in.Imm); n >= 0 && n < len(v.maps) && v.maps[n].Type == abi.MAP_TYPE_ARENA && v.maps[n].MapExtra != 0 {
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
	if v.Level == 0 {
		return
	}
	at, last := v.lineOf(idx), v.LastLineInfo
	if at == nil || at == last || last != nil && at.File == last.File && at.Line == last.Line {
		return
	}
	v.Printf("%s%s @ %s:%d\n", prefix, strings.TrimLeft(at.Text, " \t\n\v\f\r"), path.Base(at.File), at.Line)
	v.LastLineInfo = at
}

// nameUnresolved puts what the loader could not resolve in place of the call of a helper
// that does not exist, at the log's end, as loaders do.
func (v *verifier) nameUnresolved() {
	n := sort.Search(len(v.img.Unresolved), func(i int) bool { return v.img.Unresolved[i].Insn >= v.idx })
	if n == len(v.img.Unresolved) || v.img.Unresolved[n].Insn != v.idx || !strings.HasPrefix(v.LastLine(), "invalid func unknown#") {
		return
	}
	v.DropLine()
	if strings.HasPrefix(v.LastLine(), fmt.Sprintf("%d: (", v.idx)) {
		v.DropLine()
		v.Printf("%d: %s\n", v.idx, v.img.Unresolved[n].What)
	}
	v.Printf("%s\n", v.img.Unresolved[n].Why)
}

// logLiveRegs logs the table of live registers, at level 2.
func (v *verifier) logLiveRegs() {
	if v.Level < 2 {
		return
	}
	v.Printf("Live regs before insn:\n")
	for i := 0; i < len(v.insns); i++ {
		if scc := v.aux[i].scc; scc != 0 {
			v.Printf("%3d ", scc)
		} else {
			v.Printf("    ")
		}
		v.Printf("%3d: ", i)
		for r := range insn.FP {
			if v.aux[i].liveRegsBefore&(1<<r) != 0 {
				v.Printf("%d", r)
			} else {
				v.Printf(".")
			}
		}
		v.Printf(" ")
		v.verboseInsn(i)
		if v.insns[i].IsLdImm64() {
			i++
		}
	}
}

// logStats logs what the verification cost.
func (v *verifier) logStats() {
	if v.Level == 0 {
		return
	}
	w := &v.walk
	v.Printf("verification time %d usec\n", time.Since(v.Began).Microseconds())
	v.Printf("stack depth %s\n", v.stackDepths())
	v.Printf("processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states %d mark_read %d\n",
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
