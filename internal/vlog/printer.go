package vlog

import (
	"fmt"
	"sort"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Printer writes instructions and states into a log as the kernel shows them.
type Printer struct {
	*Log
	img   *object.Image
	maps  *[]*object.Map // Reg.Map is 1 + an index in here
	insns []insn.Insn

	// StartsPath: the next instruction starts a path, and its whole state is shown.
	StartsPath bool
	regs       uint32 // touched since the last print, a bit each
	slots      uint64
}

// NewPrinter returns a printer of the image's program. maps may grow beyond those of the image.
func NewPrinter(log *Log, img *object.Image, maps *[]*object.Map) *Printer {
	return &Printer{Log: log, img: img, maps: maps, insns: img.Insns}
}

// SetInsns shows these instructions from now on, which stand in the image's place.
func (p *Printer) SetInsns(insns []insn.Insn) { p.insns = insns }

// mapOf returns the map a register refers to, nil if none.
func (p *Printer) mapOf(r *state.Reg) *object.Map {
	if r.Map == 0 {
		return nil
	}
	return (*p.maps)[r.Map-1]
}

// The log shows only registers and slots touched since it last showed any.

// ScratchReg notes that a register was touched.
func (p *Printer) ScratchReg(regno int) { p.regs |= 1 << regno }

// ScratchSlot notes that a stack slot was touched.
func (p *Printer) ScratchSlot(spi int) { p.slots |= 1 << (spi & 63) }

// ShowsReads reports that the log shows slots that are read and what kernel functions return, not only what is written.
func (p *Printer) ShowsReads() bool { return p.Level > 0 && p.rules() == kdata.LogMeaningful }

// Scratch notes that several were.
func (p *Printer) Scratch(regs uint32, slots uint64) { p.regs, p.slots = p.regs|regs, p.slots|slots }

// ScratchAll makes the next print show everything.
func (p *Printer) ScratchAll() { p.regs, p.slots = ^uint32(0), ^uint64(0) }

const (
	// States are aligned to stateColumn, or behind longer instructions to the next multiple of stateStep.
	stateColumn = 40
	stateStep   = 8
)

// Step logs the instruction to be verified: at the start of a path the whole state,
// then what the last instruction changed, its source line and its text.
func (p *Printer) Step(st *state.State, idx, prev int) {
	whole := p.Whole()
	switch {
	case whole && p.Level > 1:
		p.Printf("%d:", idx)
		p.State(st, st.CurFrame, true)
		p.StartsPath = false
	case p.StartsPath && (whole || p.Level > 1):
		p.Printf("\nfrom %d to %d:", prev, idx)
		p.State(st, st.CurFrame, true)
		p.StartsPath = false
	}
	if p.regs != 0 || p.slots != 0 {
		p.Changes(st, idx)
	}
	p.LineInfo(idx, "; ")
	start := p.Position()
	p.Printf("%d: ", idx)
	p.Insn(idx)
	p.InsnEnd = p.Position()
	p.InsnWidth = p.InsnEnd - start
}

// Changes logs what an instruction changed since the last print: on the line of the
// instruction if that is the last one, else on a line of its own.
func (p *Printer) Changes(st *state.State, idx int) {
	if p.Whole() {
		return
	}
	if p.InsnEnd != 0 && p.InsnEnd == p.Position() {
		p.Reset(p.InsnEnd - 1) // the line's end
		p.Printf("%*c;", stateIndent(p.InsnWidth), ' ')
	} else {
		p.Printf("%d:", idx)
	}
	p.State(st, st.CurFrame, false)
}

// Forked is Changes on the side of a branch that is walked first.
func (p *Printer) Forked(st *state.State, idx int) {
	if p.Whole() {
		p.State(st, st.CurFrame, true)
		return
	}
	p.Changes(st, idx)
}

// Touches logs, where whole states are shown, that in which memory is touched.
func (p *Printer) Touches(st *state.State) {
	if p.Whole() {
		p.State(st, st.CurFrame, true)
	}
}

// stateIndent is how many blanks come between a line of the width and its state.
func stateIndent(width int) int {
	column := max(width+stateStep/2, stateColumn)
	return (column+stateStep-1)/stateStep*stateStep - width - 1
}

// Insn logs the instruction's text with a newline.
func (p *Printer) Insn(idx int) {
	names := insn.Names{Call: p.calleeName, Imm: p.immText, BeforeV4: p.Kernel != nil && !p.Kernel.Has(kmodel.InsnsV4)}
	p.Append(func(b []byte) []byte { return append(insn.AppendText(b, p.insns, idx, names), '\n') })
}

// calleeName names the helper or kernel function an instruction calls.
func (p *Printer) calleeName(in *insn.Insn) (string, bool) {
	switch {
	case in.IsHelperCall():
		return p.HelperName(in.Imm), true
	case in.IsKfuncCall():
		set := int(in.Off)
		if set < 0 || set >= len(p.img.Types) {
			return "<error>", true
		}
		return types.Name(p.img.Types[set].ByID(uint32(in.Imm))), true
	}
	return "", false
}

// HelperName is the helper's name as the kernel logs it.
func (p *Printer) HelperName(id int32) string {
	name := p.Kernel.HelperName(id)
	if name == "unknown" {
		return name
	}
	return "bpf_" + name
}

// immText shows addresses of maps and kernel variables as 0, as the kernel does for those who
// may not see them. Where in an arena something lies is no secret, if the program says where that begins.
func (p *Printer) immText(in *insn.Insn, imm uint64) (string, bool) {
	switch in.Src {
	case insn.PSEUDO_MAP_VALUE:
		if n := int(in.Imm); n >= 0 && n < len(*p.maps) && (*p.maps)[n].Type == abi.MAP_TYPE_ARENA && (*p.maps)[n].MapExtra != 0 {
			return fmt.Sprintf("0x%x", (*p.maps)[n].MapExtra+imm>>32), true
		}
		return "0x0", true
	case insn.PSEUDO_MAP_FD, insn.PSEUDO_BTF_ID:
		return "0x0", true
	}
	return "", false
}

// lineOf returns the line an instruction comes from, nil if that is not known.
func (p *Printer) lineOf(idx int) *object.LineInfo {
	lines := p.img.Lines
	if len(lines) == 0 || idx < 0 || idx >= len(p.insns) {
		return nil
	}
	n := sort.Search(len(lines), func(i int) bool { return int(lines[i].Insn) > idx })
	return &lines[max(n-1, 0)]
}

// LineInfo logs the source line of an instruction if it is not the one logged last.
func (p *Printer) LineInfo(idx int, prefix string) {
	if p.Level == 0 {
		return
	}
	at, last := p.lineOf(idx), p.LastLineInfo
	if at == nil || at == last || last != nil && at.File == last.File && at.Line == last.Line {
		return
	}
	if p.rules() != kdata.LogMeaningful {
		p.Printf("%s%s\n", prefix, cut(strings.TrimLeft(at.Text, " \t\n\v\f\r")))
		p.LastLineInfo = at
		return
	}
	p.Printf("%s%s%s", prefix, cut(strings.TrimLeft(at.Text, " \t\n\v\f\r")), cut(fmt.Sprintf(" @ %s:%d\n", at.File[strings.LastIndexByte(at.File, '/')+1:], at.Line)))
	p.LastLineInfo = at
}

// cut shortens a text to what the kernel prints at once (BPF_VERIFIER_TMP_LOG_SIZE, with the end of the string).
func cut(text string) string { return text[:min(len(text), 1023)] }

// NameUnresolved puts what the loader could not resolve in place of the call of a helper
// that does not exist, at the log's end, as loaders do.
func (p *Printer) NameUnresolved(idx int) {
	n := sort.Search(len(p.img.Unresolved), func(i int) bool { return p.img.Unresolved[i].Insn >= idx })
	if n == len(p.img.Unresolved) || p.img.Unresolved[n].Insn != idx || !strings.HasPrefix(p.LastLine(), "invalid func unknown#") {
		return
	}
	p.DropLine()
	if strings.HasPrefix(p.LastLine(), fmt.Sprintf("%d: (", idx)) {
		p.DropLine()
		p.Printf("%d: %s\n", idx, p.img.Unresolved[n].What)
		p.InsnAt = p.Position()
	}
	p.Printf("%s\n", p.img.Unresolved[n].Why)
}

// LiveRegs logs the table of live registers, at level 2: of each instruction the registers read later, a bit
// each, and the loop it is in, 0 for none.
func (p *Printer) LiveRegs(live []uint16, loops []uint32) {
	p.Printf("Live regs before insn:\n")
	for i := 0; i < len(p.insns); i++ {
		if n := loops[i]; n != 0 {
			p.Printf("%3d ", n)
		} else {
			p.Printf("    ")
		}
		p.Printf("%3d: ", i)
		for r := range insn.FP {
			if live[i]&(1<<r) != 0 {
				p.Printf("%d", r)
			} else {
				p.Printf(".")
			}
		}
		p.Printf(" ")
		p.Insn(i)
		if p.insns[i].IsLdImm64() {
			i++
		}
	}
}

// RegNames lists registers: "r1,r6".
func RegNames(mask uint32) string {
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
