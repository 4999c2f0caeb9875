package machine

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
)

// args are r1 to r5 of a call.
type args [insn.MaxArgs]uint64

// implementation is what a helper or kfunc does. It returns r0. The error stops the run: a *Fault of the
// program, or an *UnsupportedError; what programs get as an error is a value, see failure. To run a function of
// the program it ends with return c.callBack(...), and to wait for another CPU with return wait().
type implementation func(c *CPU, a *args) (uint64, error)

// helpers and kfuncs are what a machine has of them, by name without bpf_. Each family registers its own when the
// program starts.
var (
	helperTable = map[string]implementation{}
	kfuncTable  = map[string]implementation{}
)

// registerHelpers adds a family of helpers, by the names of the kernel's enum bpf_func_id.
func registerHelpers(family map[string]implementation) { register(helperTable, family) }

// registerKfuncs adds a family of kernel functions, by their full names.
func registerKfuncs(family map[string]implementation) { register(kfuncTable, family) }

// register adds a family to a table in which nothing is there twice: of helpers, kernel functions, map or program types.
func register[K comparable, V any](table, family map[K]V) {
	for k, v := range family {
		if _, there := table[k]; there {
			panic(fmt.Sprintf("two implementations of %v", k))
		}
		table[k] = v
	}
}

// failure is the value that programs see as an error.
func failure(e abi.Errno) uint64 { return uint64(-int64(e)) }

// callee is a helper or kfunc that a program calls.
type callee struct {
	name      string         // as reports say it: "helper bpf_loop"
	fn        implementation // nil: missing in the machine
	sleeps    bool           // it may sleep
	underLock bool           // it may be called while a lock is held
	injected  bool           // some calls fail (inject.go)
}

// callee returns the index into p.callees of what a call instruction calls.
func (p *Program) callee(in *insn.Insn) (int, error) {
	f := &callee{}
	k := p.machine.k
	mayBeNull := false
	prog := attach.Rules(k, p.img)
	switch in.Src {
	case 0:
		name := k.HelperName(in.Imm)
		f.name = "helper bpf_" + name
		if name == "unknown" {
			f.name = fmt.Sprintf("helper #%d", in.Imm)
		}
		f.fn = helperTable[name]
		if h := k.HelpersOf(prog).Get(in.Imm); h != nil {
			f.sleeps = h.MightSleep
			mayBeNull = h.Ret&abi.RetType(abi.PTR_MAYBE_NULL) != 0
		}
		f.underLock = name == "spin_lock" || name == "spin_unlock" || // who takes a second one is judged there
			name == "kptr_xchg" && k.Has(kmodel.KptrXchgUnderLock)
	case insn.PSEUDO_KFUNC_CALL:
		name := p.typeName(int(in.Off), uint32(in.Imm))
		f.name, f.fn = "kfunc "+name, kfuncTable[name]
		if set := int(in.Off); set >= 0 && set < len(p.img.Types) {
			if fn := kproto.Describe(k, prog, p.img.Types, uint8(set), uint32(in.Imm)); fn != nil {
				f.sleeps, f.underLock = fn.HasAny(abi.KF_SLEEPABLE), fn.LockSafe
				mayBeNull = fn.HasAny(abi.KF_RET_NULL)
			}
		}
	default:
		return 0, fmt.Errorf("a call of kind %d", in.Src)
	}
	for i, have := range p.callees {
		if have.name == f.name {
			return i, nil
		}
	}
	if _, name, ok := strings.Cut(f.name, " "); ok && f.fn != nil {
		if err := p.machine.inject(name, f, mayBeNull); err != nil {
			return 0, err
		}
	}
	p.callees = append(p.callees, f)
	return len(p.callees) - 1, nil
}
