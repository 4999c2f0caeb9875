package object

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// resolved is what an extern turned out to be in one kernel.
type resolved struct {
	set  bool
	id   uint32 // BTF id of the variable or function
	in   int    // 0 vmlinux, n the model's n-th module
	addr uint64 // of an untyped symbol
}

// typeSet is the index into Image.Types.
func (r *resolved) typeSet() int {
	if r.in == 0 {
		return 0
	}
	return r.in + 1
}

// findKernel finds a type in vmlinux, then in the modules. in is 0 for vmlinux,
// n for the n-th module; id 0 where there is none.
func findKernel[T btf.Type](m *kmodel.Model, name string) (id uint32, t T, set *types.Set, in int) {
	if id, t = types.Find[T](m.Types(), name); id != 0 {
		return id, t, m.Types(), 0
	}
	for i, mod := range m.Modules() {
		if id, t = types.Find[T](mod, name); id != 0 {
			return id, t, mod, i + 1
		}
	}
	return 0, t, nil, 0
}

// resolveExterns looks every extern up; a strong one that is missing refuses the object.
func (l *linker) resolveExterns() error {
	externs := l.obj.externs
	l.syms = make([]resolved, len(externs))
	if l.obj.kconfig >= 0 {
		l.kconfig = make([]byte, l.obj.maps[l.obj.kconfig].value)
	}
	if err := l.setKconfig(); err != nil {
		return err
	}
	for i, e := range externs {
		if e.kcfg == nil && e.typeID == 0 && !e.isFunc {
			l.findAddress(i)
			l.readsSymbols = true
		}
	}
	for i, e := range externs {
		if e.kcfg != nil || e.typeID == 0 {
			continue
		}
		find := l.findVar
		if e.isFunc {
			find = l.findKfunc
		}
		if err := find(e, &l.syms[i]); err != nil {
			return err
		}
	}
	for i, e := range externs {
		if !l.syms[i].set && !e.weak {
			return fail(abi.ESRCH, "extern '%s' (strong): not resolved", e.name)
		}
	}
	return nil
}

// findVar resolves a typed kernel variable; its type must be like the object's.
func (l *linker) findVar(e *extern, r *resolved) error {
	id, v, set, in := findKernel[*btf.Var](l.model, e.name)
	if id == 0 {
		if e.weak {
			// Looking for the addresses of others libbpf finds this one's, too, takes it for found, and passes the type 0.
			r.set = l.readsSymbols && l.model.HasSymbol(e.name)
			return nil
		}
		return fail(abi.EINVAL, "extern (var ksym) '%s': not found in kernel BTF", e.name)
	}
	local, target := l.obj.types.ByID(e.typeID), types.Resolve(v.Type)
	if typesCompatible(local, target, coreMaxDepth) != matchYes {
		return fail(abi.EINVAL, "extern (var ksym) '%s': incompatible types, expected [%d] %s %s, but kernel has [%d] %s %s",
			e.name, e.typeID, kindName(rawKind(local)), types.Name(local), set.ID(target), kindName(rawKind(target)), types.Name(target))
	}
	*r = resolved{set: true, id: id, in: in}
	return nil
}

// findKfunc resolves a kernel function; its prototype must be like the object's.
func (l *linker) findKfunc(e *extern, r *resolved) error {
	id, fn, set, in := findKernel[*btf.Func](l.model, essentialName(e.name))
	if id == 0 {
		if e.weak {
			return nil
		}
		return fail(abi.EINVAL, "extern (func ksym) '%s': not found in kernel or module BTFs", e.name)
	}
	if typesCompatible(l.obj.types.ByID(e.typeID), fn.Type, coreMaxDepth) != matchYes {
		if e.weak {
			return nil
		}
		return fail(abi.EINVAL, "extern (func ksym) '%s': func_proto [%d] incompatible with %s [%d]",
			e.name, e.typeID, set.Name, set.ID(fn.Type))
	}
	*r = resolved{set: true, id: id, in: in}
	return nil
}

// findAddress resolves the i-th extern, an untyped symbol. Its address is not the one of any machine:
// programs ask whether it is zero, and whether two symbols are the same.
func (l *linker) findAddress(i int) {
	if l.model.HasSymbol(l.obj.externs[i].name) {
		l.syms[i] = resolved{set: true, addr: fakeAddress + uint64(i)*addressStep}
	}
}

// Addresses of untyped symbols: one after the other, in the object's order.
const (
	fakeAddress = 0xffffffff81000000
	addressStep = 64
)
