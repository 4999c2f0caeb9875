// Package asm reads BPF assembly in the verifier log's own syntax, one instruction
// a line, with labels ("name:") and comments ("; ..." or "// ..."). Tests and
// generators are written in it.
package asm

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Names gives the number of a helper ("map_lookup_elem") or the type id of a kfunc.
type Names struct {
	Helper func(name string) (int32, bool)
	Kfunc  func(name string) (int32, bool)
}

// Parse assembles text. Errors name the line.
func Parse(text string, names Names) ([]insn.Insn, error) {
	p := parser{names: names, labels: map[string]int{}}
	for n, line := range strings.Split(text, "\n") {
		if i := strings.Index(line, "//"); i >= 0 {
			line = line[:i]
		}
		if i := strings.Index(line, ";"); i >= 0 {
			line = line[:i]
		}
		line = strings.TrimSpace(line)
		for {
			m := labelRE.FindStringSubmatch(line)
			if m == nil {
				break
			}
			p.labels[m[1]] = len(p.out)
			line = strings.TrimSpace(m[2])
		}
		if line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", n+1, line, err)
		}
	}
	for _, f := range p.fixups {
		at, ok := p.labels[f.label]
		if !ok {
			return nil, fmt.Errorf("label %q is not defined", f.label)
		}
		f.set(&p.out[f.at], at-f.at-1)
	}
	return p.out, nil
}

type fixup struct {
	at    int
	label string
	set   func(in *insn.Insn, dist int)
}

type parser struct {
	names  Names
	out    []insn.Insn
	labels map[string]int
	fixups []fixup
}

const (
	reg  = `([rw]\d+)`
	num  = `([-+]?\s*(?:0x[0-9a-fA-F]+|\d+))`
	mem  = `\*\(([us])(8|16|32|64) \*\)\(\s*(r\d+)\s*` + num + `\s*\)`
	addr = `\(\(u(8|16|32|64) \*\)\(\s*(r\d+)\s*` + num + `\s*\)`
)

var (
	labelRE = regexp.MustCompile(`^([A-Za-z_]\w*):(?:\s+|$)(.*)$`)

	// forms are tried in order; the first that matches the whole line assembles it.
	forms = []struct {
		re *regexp.Regexp
		do func(p *parser, m []string) error
	}{
		{regexp.MustCompile(`^exit$`), func(p *parser, m []string) error { return p.add(insn.JMP|insn.EXIT, 0, 0, 0, 0) }},
		{regexp.MustCompile(`^` + reg + ` = ` + mem + `$`), (*parser).load},
		{regexp.MustCompile(`^` + mem + ` = ` + reg + `$`), (*parser).storeReg},
		{regexp.MustCompile(`^` + mem + ` = ` + num + `$`), (*parser).storeImm},
		{regexp.MustCompile(`^r0 = \*\(u(8|16|32) \*\)skb\[(?:(r\d+)\s*\+\s*)?(\d+)\]$`), (*parser).ldAbs},
		{regexp.MustCompile(`^(r\d+) = map\[(\d+)\](?: \+ (\d+))? ll$`), (*parser).mapAddr},
		{regexp.MustCompile(`^(r\d+) = func (\w+) ll$`), (*parser).funcAddr},
		{regexp.MustCompile(`^(r\d+) = ` + num + ` ll$`), (*parser).imm64},
		{regexp.MustCompile(`^(r\d+) = load_acquire` + addr + `\)$`), (*parser).loadAcquire},
		{regexp.MustCompile(`^store_release` + addr + `, (r\d+)\)$`), (*parser).storeRelease},
		{regexp.MustCompile(`^lock ` + mem + ` ([-+&|^])= (r\d+)$`), (*parser).atomic},
		{regexp.MustCompile(`^(r\d+) = atomic(?:64)?_(\w+)` + addr + `(?:, r0)?, (r\d+)\)$`), (*parser).atomicFetch},
		{regexp.MustCompile(`^` + reg + ` = -` + reg + `$`), (*parser).neg},
		{regexp.MustCompile(`^(r\d+) = (le|be|bswap)(16|32|64) (r\d+)$`), (*parser).swap},
		{regexp.MustCompile(`^` + reg + ` = \(s(8|16|32)\)` + reg + `$`), (*parser).movsx},
		{regexp.MustCompile(`^` + reg + ` (s?(?:\+|-|\*|/|\||&|<<|>>|%|\^)?)= ` + reg + `$`), (*parser).aluReg},
		{regexp.MustCompile(`^` + reg + ` (s?(?:\+|-|\*|/|\||&|<<|>>|%|\^)?)= ` + num + `$`), (*parser).aluImm},
		{regexp.MustCompile(`^if ` + reg + ` (s?(?:==|!=|>=|<=|>|<|&)) (?:` + reg + `|` + num + `) goto (\S+)$`), (*parser).branch},
		{regexp.MustCompile(`^may_goto (\S+)$`), func(p *parser, m []string) error { return p.jump(insn.JMP|insn.JCOND, m[1], setOff) }},
		{regexp.MustCompile(`^goto (\S+)$`), func(p *parser, m []string) error { return p.jump(insn.JMP|insn.JA, m[1], setOff) }},
		{regexp.MustCompile(`^gotol (\S+)$`), func(p *parser, m []string) error { return p.jump(insn.JMP32|insn.JA, m[1], setImm) }},
		{regexp.MustCompile(`^gotox (r\d+)$`), (*parser).indirect},
		{regexp.MustCompile(`^call (\S+)$`), (*parser).call},
		{regexp.MustCompile(`^\.raw ((?:[0-9a-f]{2} ){7}[0-9a-f]{2})$`), (*parser).raw},
	}

	aluOps = map[string]uint8{
		"": insn.MOV, "+": insn.ADD, "-": insn.SUB, "*": insn.MUL, "/": insn.DIV, "|": insn.OR, "&": insn.AND,
		"<<": insn.LSH, ">>": insn.RSH, "%": insn.MOD, "^": insn.XOR, "s>>": insn.ARSH,
	}
	jmpOps = map[string]uint8{
		"==": insn.JEQ, "!=": insn.JNE, ">": insn.JGT, ">=": insn.JGE, "<": insn.JLT, "<=": insn.JLE, "&": insn.JSET,
		"s>": insn.JSGT, "s>=": insn.JSGE, "s<": insn.JSLT, "s<=": insn.JSLE,
	}
	atomicOps = map[string]int32{"+": insn.ADD, "&": insn.AND, "|": insn.OR, "^": insn.XOR}
	fetchOps  = map[string]int32{
		"fetch_add": insn.ADD | insn.FETCH, "fetch_and": insn.AND | insn.FETCH, "fetch_or": insn.OR | insn.FETCH,
		"fetch_xor": insn.XOR | insn.FETCH, "xchg": insn.XCHG, "cmpxchg": insn.CMPXCHG,
	}
	sizes = map[string]uint8{"8": insn.B, "16": insn.H, "32": insn.W, "64": insn.DW}
)

func setOff(in *insn.Insn, dist int) { in.Off = int16(dist) }
func setImm(in *insn.Insn, dist int) { in.Imm = int32(dist) }

func (p *parser) line(line string) error {
	for _, f := range forms {
		if m := f.re.FindStringSubmatch(line); m != nil {
			return f.do(p, m)
		}
	}
	return fmt.Errorf("no such instruction")
}

func (p *parser) add(code, dst, src uint8, off int16, imm int32) error {
	p.out = append(p.out, insn.Insn{Code: code, Dst: dst, Src: src, Off: off, Imm: imm})
	return nil
}

func regNo(s string) uint8 {
	n, _ := strconv.Atoi(s[1:])
	return uint8(n)
}

func number(s string) int64 {
	s = strings.ReplaceAll(s, " ", "")
	neg := strings.HasPrefix(s, "-")
	n, _ := strconv.ParseUint(strings.TrimLeft(s, "+-"), 0, 64)
	if neg {
		return -int64(n)
	}
	return int64(n)
}

func (p *parser) load(m []string) error {
	mode := uint8(insn.MEM)
	if m[2] == "s" {
		mode = insn.MEMSX
	}
	return p.add(insn.LDX|mode|sizes[m[3]], regNo(m[1]), regNo(m[4]), int16(number(m[5])), 0)
}

func (p *parser) storeReg(m []string) error {
	return p.add(insn.STX|insn.MEM|sizes[m[2]], regNo(m[3]), regNo(m[5]), int16(number(m[4])), 0)
}

func (p *parser) storeImm(m []string) error {
	return p.add(insn.ST|insn.MEM|sizes[m[2]], regNo(m[3]), 0, int16(number(m[4])), int32(number(m[5])))
}

func (p *parser) ldAbs(m []string) error {
	if m[2] == "" {
		return p.add(insn.LD|insn.ABS|sizes[m[1]], 0, 0, 0, int32(number(m[3])))
	}
	return p.add(insn.LD|insn.IND|sizes[m[1]], 0, regNo(m[2]), 0, int32(number(m[3])))
}

func (p *parser) ld64(dst, src uint8, lo, hi int32) error {
	p.out = append(p.out, insn.Insn{Code: insn.LD | insn.IMM | insn.DW, Dst: dst, Src: src, Imm: lo}, insn.Insn{Imm: hi})
	return nil
}

func (p *parser) mapAddr(m []string) error {
	if m[3] == "" {
		return p.ld64(regNo(m[1]), insn.PSEUDO_MAP_FD, int32(number(m[2])), 0)
	}
	return p.ld64(regNo(m[1]), insn.PSEUDO_MAP_VALUE, int32(number(m[2])), int32(number(m[3])))
}

func (p *parser) indirect(m []string) error {
	return p.add(insn.JMP|insn.JA|insn.X, regNo(m[1]), 0, 0, 0)
}

func (p *parser) funcAddr(m []string) error {
	p.fixups = append(p.fixups, fixup{len(p.out), m[2], setImm})
	return p.ld64(regNo(m[1]), insn.PSEUDO_FUNC, 0, 0)
}

func (p *parser) imm64(m []string) error {
	n := uint64(number(m[2]))
	return p.ld64(regNo(m[1]), 0, int32(n), int32(n>>32))
}

func (p *parser) loadAcquire(m []string) error {
	return p.add(insn.STX|insn.ATOMIC|sizes[m[2]], regNo(m[1]), regNo(m[3]), int16(number(m[4])), insn.LOAD_ACQ)
}

func (p *parser) storeRelease(m []string) error {
	return p.add(insn.STX|insn.ATOMIC|sizes[m[1]], regNo(m[2]), regNo(m[4]), int16(number(m[3])), insn.STORE_REL)
}

func (p *parser) atomic(m []string) error {
	return p.add(insn.STX|insn.ATOMIC|sizes[m[2]], regNo(m[3]), regNo(m[6]), int16(number(m[4])), atomicOps[m[5]])
}

func (p *parser) atomicFetch(m []string) error {
	op, ok := fetchOps[m[2]]
	if !ok {
		return fmt.Errorf("no such atomic operation")
	}
	return p.add(insn.STX|insn.ATOMIC|sizes[m[3]], regNo(m[4]), regNo(m[6]), int16(number(m[5])), op)
}

// width is the ALU class of a register name: r1 is 64 bits, w1 its lower half.
func width(r string) uint8 {
	if r[0] == 'w' {
		return insn.ALU
	}
	return insn.ALU64
}

func (p *parser) neg(m []string) error {
	return p.add(width(m[1])|insn.NEG, regNo(m[1]), 0, 0, 0)
}

func (p *parser) swap(m []string) error {
	code := uint8(insn.ALU | insn.END)
	switch m[2] {
	case "be":
		code |= insn.X
	case "bswap":
		code = insn.ALU64 | insn.END
	}
	return p.add(code, regNo(m[1]), 0, 0, int32(number(m[3])))
}

func (p *parser) movsx(m []string) error {
	return p.add(width(m[1])|insn.MOV|insn.X, regNo(m[1]), regNo(m[3]), int16(number(m[2])), 0)
}

// alu resolves an operator; signed division and remainder are DIV and MOD with Off 1.
func alu(op string) (code uint8, off int16, err error) {
	if code, ok := aluOps[op]; ok {
		return code, 0, nil
	}
	if op == "s/" || op == "s%" {
		return aluOps[op[1:]], 1, nil
	}
	return 0, 0, fmt.Errorf("no such operation")
}

func (p *parser) aluReg(m []string) error {
	code, off, err := alu(m[2])
	if err != nil {
		return err
	}
	return p.add(width(m[1])|code|insn.X, regNo(m[1]), regNo(m[3]), off, 0)
}

func (p *parser) aluImm(m []string) error {
	code, off, err := alu(m[2])
	if err != nil {
		return err
	}
	return p.add(width(m[1])|code, regNo(m[1]), 0, off, int32(number(m[3])))
}

// jump adds a jump to a label or to "pc+N".
func (p *parser) jump(code uint8, target string, set func(*insn.Insn, int)) error {
	return p.jumpInsn(insn.Insn{Code: code}, target, set)
}

func (p *parser) jumpInsn(in insn.Insn, target string, set func(*insn.Insn, int)) error {
	if dist, ok := strings.CutPrefix(target, "pc"); ok && dist != "" {
		set(&in, int(number(dist)))
	} else {
		p.fixups = append(p.fixups, fixup{len(p.out), target, set})
	}
	p.out = append(p.out, in)
	return nil
}

func (p *parser) branch(m []string) error {
	in := insn.Insn{Code: insn.JMP | jmpOps[m[2]], Dst: regNo(m[1])}
	if m[1][0] == 'w' {
		in.Code = insn.JMP32 | jmpOps[m[2]]
	}
	if m[3] != "" {
		in.Code |= insn.X
		in.Src = regNo(m[3])
	} else {
		in.Imm = int32(number(m[4]))
	}
	return p.jumpInsn(in, m[5], setOff)
}

// raw takes the eight bytes of an instruction, in hex, for what no syntax allows.
func (p *parser) raw(m []string) error {
	var b [8]byte
	for i, hex := range strings.Fields(m[1]) {
		n, err := strconv.ParseUint(hex, 16, 8)
		if err != nil {
			return err
		}
		b[i] = byte(n)
	}
	p.out = append(p.out, insn.Insn{
		Code: b[0], Dst: b[1] & 15, Src: b[1] >> 4, Off: int16(binary.LittleEndian.Uint16(b[2:])),
		Imm: int32(binary.LittleEndian.Uint32(b[4:])),
	})
	return nil
}

// call takes a helper's number or name, "kfunc:NAME", "pc+N" or a label.
func (p *parser) call(m []string) error {
	in := insn.Insn{Code: insn.JMP | insn.CALL}
	if name, ok := strings.CutPrefix(m[1], "kfunc:"); ok {
		id, found := int32(0), false
		if p.names.Kfunc != nil {
			id, found = p.names.Kfunc(name)
		}
		if !found {
			return fmt.Errorf("no such kfunc")
		}
		in.Src, in.Imm = insn.PSEUDO_KFUNC_CALL, id
		p.out = append(p.out, in)
		return nil
	}
	if n, err := strconv.ParseInt(m[1], 0, 32); err == nil {
		in.Imm = int32(n)
		p.out = append(p.out, in)
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(m[1], "bpf_"), "#")
	if p.names.Helper != nil {
		if id, ok := p.names.Helper(name); ok {
			in.Imm = id
			p.out = append(p.out, in)
			return nil
		}
	}
	in.Src = insn.PSEUDO_CALL
	return p.jumpInsn(in, m[1], setImm)
}
