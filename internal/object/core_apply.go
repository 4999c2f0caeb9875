package object

import (
	"math"
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// badRelo is the helper id that a loader writes where a CO-RE relocation failed:
// harmless in dead code, and an unknown function where the program gets there.
const badRelo = 0xbad2310

// coreLinker resolves an object's CO-RE relocations against one kernel.
type coreLinker struct {
	loader  *Loader
	local   *types.Set
	model   *kmodel.Model
	cands   map[uint32][]coreCand // by local type id
	results map[coreKey]coreAnswer
}

type coreKey struct {
	typeID uint32
	access string
	kind   coreKind
}

type coreAnswer struct {
	res coreResult
	err error
}

type coreCand struct {
	set *types.Set
	id  uint32
	typ btf.Type
}

func newCoreLinker(loader *Loader, local *types.Set, m *kmodel.Model) *coreLinker {
	return &coreLinker{loader, local, m, map[uint32][]coreCand{}, map[coreKey]coreAnswer{}}
}

// candidates are the kernel's types with the local type's name and kind: vmlinux' own,
// the modules' only where it has none.
func (l *coreLinker) candidates(id uint32) []coreCand {
	if c, ok := l.cands[id]; ok {
		return c
	}
	t := l.local.ByID(id)
	name := essentialName(t.TypeName())
	var out []coreCand
	add := func(s *types.Set) {
		for _, c := range s.Named(name) {
			if sameKind(c, t) {
				out = append(out, coreCand{s, s.ID(c), c})
			}
		}
	}
	add(l.model.Types())
	if len(out) == 0 {
		for _, m := range l.model.Modules() {
			add(m)
		}
	}
	l.cands[id] = out
	return out
}

// resolve computes what a relocation comes to; idx is its number in its section.
func (l *coreLinker) resolve(prog string, idx int, r coreRelo) (coreResult, error) {
	key := coreKey{r.typeID, r.access, r.kind}
	if a, ok := l.results[key]; ok {
		return a.res, a.err
	}
	res, err := l.calc(prog, idx, r)
	l.results[key] = coreAnswer{res, err}
	return res, err
}

func (l *coreLinker) calc(prog string, idx int, r coreRelo) (coreResult, error) {
	t := l.local.ByID(r.typeID)
	if t == nil {
		return coreResult{}, fail(abi.EINVAL, "prog '%s': relo #%d: failed to relocate: -22", prog, idx)
	}
	if r.kind != coreTypeIDLocal && t.TypeName() == "" {
		return coreResult{}, fail(abi.EINVAL, "prog '%s': relo #%d: target candidate search failed for [%d] %s %s: -22",
			prog, idx, r.typeID, kindName(rawKind(t)), "")
	}
	local, ok := parseCoreSpec(l.local, r)
	if !ok {
		name := t.TypeName()
		if name == "" {
			name = "<anon>"
		}
		return coreResult{}, fail(abi.EINVAL, "prog '%s': relo #%d: parsing [%d] %s %s + %s failed: -22",
			prog, idx, r.typeID, kindName(rawKind(t)), name, r.access)
	}
	if r.kind == coreTypeIDLocal {
		return coreResult{orig: uint64(r.typeID), new: uint64(r.typeID)}, nil
	}
	unsupported := fail(abi.EOPNOTSUPP, "prog '%s': relo #%d: unrecognized CO-RE relocation %s (%d) at insn #%d",
		prog, idx, r.kind, r.kind, r.insn/insnSize)
	cands := l.candidates(r.typeID)
	var kept []coreCand
	var first *coreSpec
	var res coreResult
	for i, c := range cands {
		target, m := matchSpec(local, c.set, c.id, c.typ)
		if m == matchError {
			return res, fail(abi.EINVAL, "prog '%s': relo #%d: error matching candidate #%d <%s> [%d] %s %s: -22",
				prog, idx, i, r.kind, c.id, kindName(rawKind(c.typ)), c.typ.TypeName())
		}
		if m == matchNo {
			continue
		}
		cand, ok := calcCore(local, target)
		if !ok {
			return res, unsupported
		}
		switch {
		case first == nil:
			first, res = target, cand
		case target.bitOff != first.bitOff:
			return res, fail(abi.EINVAL, "prog '%s': relo #%d: field offset ambiguity: %d != %d", prog, idx, target.bitOff, first.bitOff)
		case cand.poison != res.poison || cand.new != res.new:
			return res, fail(abi.EINVAL, "prog '%s': relo #%d: relocation decision ambiguity: %s %d != %s %d",
				prog, idx, verdictWord(cand.poison), cand.new, verdictWord(res.poison), res.new)
		}
		kept = append(kept, c)
	}
	if first != nil {
		l.cands[r.typeID] = kept
		return res, nil
	}
	if res, ok = calcCore(local, nil); !ok {
		return res, unsupported
	}
	if (r.kind == coreTypeIDTarget || r.kind == coreTypeSize) && l.loader.does(ruleRawPoison) {
		res.poison = true // libbpf gives 0
	}
	return res, nil
}

func verdictWord(poison bool) string {
	if poison {
		return "failure"
	}
	return "success"
}

// poison replaces the instruction, both halves of a 64-bit load, by a call that no kernel knows.
func poison(code []insn.Insn, i int, id int32) {
	n := 1
	if code[i].IsLdImm64() {
		n = 2
	}
	for k := i; k < i+n && k < len(code); k++ {
		code[k] = insn.Insn{Code: insn.JMP | insn.CALL, Imm: id}
	}
}

// patchCore writes a relocation's result into instruction i; idx is the relocation's number.
func patchCore(prog string, code []insn.Insn, i, idx int, res coreResult) error {
	in := &code[i]
	unexpected := func(what string, got any) error {
		return fail(abi.EINVAL, "prog '%s': relo #%d: unexpected insn #%d (%s) value: got %d, exp %d -> %d",
			prog, idx, i, what, got, res.orig, res.new)
	}
	bad := fail(abi.EINVAL, "prog '%s': relo #%d: trying to relocate unrecognized insn #%d, code:0x%x, src:0x%x, dst:0x%x, off:0x%x, imm:0x%x",
		prog, idx, i, in.Code, in.Src, in.Dst, uint16(in.Off), uint32(in.Imm))
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		if in.SrcKind() != insn.K {
			return bad
		}
		if res.poison {
			poison(code, i, badRelo)
			return nil
		}
		if res.validate && uint64(int64(in.Imm)) != res.orig {
			return unexpected("ALU/ALU64", uint32(in.Imm))
		}
		in.Imm = int32(res.new)
	case insn.LDX, insn.ST, insn.STX:
		if res.poison {
			poison(code, i, badRelo)
			return nil
		}
		if res.validate && uint64(int64(in.Off)) != res.orig {
			return unexpected("LDX/ST/STX", uint32(int32(in.Off)))
		}
		if res.new > math.MaxInt16 {
			return fail(abi.ERANGE, "prog '%s': relo #%d: insn #%d (LDX/ST/STX) value too big: %d", prog, idx, i, res.new)
		}
		if res.badSize {
			poison(code, i, badRelo)
			return nil
		}
		in.Off = int16(res.new)
		if res.newSize != res.origSize {
			if in.SizeBytes() != int(res.origSize) {
				return fail(abi.EINVAL, "prog '%s': relo #%d: insn #%d (LDX/ST/STX) unexpected mem size: got %d, exp %d",
					prog, idx, i, in.SizeBytes(), res.origSize)
			}
			size, ok := map[uint32]uint8{1: insn.B, 2: insn.H, 4: insn.W, 8: insn.DW}[res.newSize]
			if !ok {
				return fail(abi.EINVAL, "prog '%s': relo #%d: insn #%d (LDX/ST/STX) invalid new mem size: %d", prog, idx, i, res.newSize)
			}
			in.Code = in.Mode() | size | in.Class()
		}
	case insn.LD:
		if !in.IsLdImm64() || i+1 >= len(code) || in.Src != 0 || in.Off != 0 || code[i+1] != (insn.Insn{Imm: code[i+1].Imm}) {
			return fail(abi.EINVAL, "prog '%s': relo #%d: insn #%d (LDIMM64) has unexpected form", prog, idx, i)
		}
		if res.poison {
			poison(code, i, badRelo)
			return nil
		}
		imm := uint64(uint32(in.Imm)) | uint64(uint32(code[i+1].Imm))<<32
		if res.validate && imm != res.orig {
			return unexpected("LDIMM64", imm)
		}
		in.Imm, code[i+1].Imm = int32(res.new), int32(res.new>>32)
	default:
		return bad
	}
	return nil
}

// placedRelo is a CO-RE relocation with the function it belongs to.
type placedRelo struct {
	coreRelo
	fn  *function
	idx int // in its section
}

// relocateCore applies the CO-RE relocations of all functions, once for all
// programs. What fails refuses the program it is in, or all of them where it is
// in a subprogram: libbpf does those of unused ones, too.
func (l *linker) relocateCore() {
	l.patched = map[*function][]insn.Insn{}
	l.coreErrs = map[*function]coreErr{}
	if l.obj.ext == nil {
		return
	}
	n := 0
	for _, s := range l.obj.ext.relos {
		for i, rec := range s.records {
			r := decodeCoreRelo(l.obj.btf, rec)
			fn := l.obj.functionAt(s.section, r.insn/insnSize)
			if fn == nil {
				continue // of a weak function that another one has replaced
			}
			n++
			if _, failed := l.coreErrs[fn]; failed {
				continue
			}
			if err := l.relocateInsn(placedRelo{r, fn, i}); err != nil {
				l.coreErrs[fn] = coreErr{n, err}
				if first := l.coreErrs[nil]; l.obj.subprogram(fn) && (first.err == nil || n < first.at) {
					l.coreErrs[nil] = coreErr{n, err}
				}
			}
		}
	}
}

// coreErr is a relocation that failed, and its place among all.
type coreErr struct {
	at  int
	err error
}

// coreError returns the first failure that refuses a program, nil for none.
func (l *linker) coreError(fn *function) error {
	own, sub := l.coreErrs[fn], l.coreErrs[nil]
	if own.err == nil || sub.err != nil && sub.at < own.at {
		return sub.err
	}
	return own.err
}

func (l *linker) relocateInsn(r placedRelo) error {
	name := r.fn.name
	if r.insn%insnSize != 0 {
		return fail(abi.EINVAL, "prog '%s': relo #%d: offset %d is not of an instruction", name, r.idx, r.insn)
	}
	at := int(r.insn/insnSize - r.fn.start)
	code := l.patched[r.fn]
	if code == nil {
		code = slices.Clone(r.fn.insns)
		l.patched[r.fn] = code
	}
	if code[at].IsLdImm64() && at+1 >= len(code) {
		return fail(abi.EINVAL, "prog '%s': relo #%d: insn #%d (LDIMM64) is truncated", name, r.idx, at)
	}
	res, err := l.core.resolve(name, r.idx, r.coreRelo)
	if err != nil {
		return err
	}
	if l.obj.loader.does(ruleKeepSize) {
		res.newSize, res.badSize = res.origSize, false
	}
	if res.poison && code[at].IsLdImm64() && l.obj.loader.does(ruleRawPoison) {
		code[at].Dst, code[at].Src, code[at].Imm, code[at+1].Imm = 10, 0, badRelo, 0
		return nil
	}
	return patchCore(name, code, at, r.idx, res)
}
