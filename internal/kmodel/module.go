package kmodel

import (
	"bytes"
	"io"
	"maps"
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Module is a kernel module: its types, and the functions that it registers for programs when it is loaded. Raw BTF names
// none of these: there an overlay does.
type Module struct {
	Types  *types.Set
	Raw    []byte // the types as BTF that builds on the kernel's
	Kfuncs []KfuncOverlay
}

// ReadModule reads a kernel module of that name from its .ko file or from raw BTF. Its types build on the kernel's, or on
// a distilled base that the file has beside them.
func ReadModule(r io.ReaderAt, name string, vmlinux *types.Set) (*Module, error) {
	raw, base, err := readBTF(r)
	kernelID := func(id uint32) uint32 { return id }
	if err == nil && base != nil {
		raw, kernelID, err = relocate(raw, base, vmlinux)
	}
	if err != nil {
		return nil, err
	}
	spec, err := btf.LoadSplitSpecFromReader(bytes.NewReader(raw), vmlinux.Spec())
	if err != nil {
		return nil, err
	}
	set, err := types.Split(spec, vmlinux)
	if err != nil {
		return nil, err
	}
	m := &Module{Types: set, Raw: raw}
	m.Types.Name, m.Types.Kernel, m.Types.Digest = name, true, digest(raw)
	return m, m.readRegistered(r, func(id uint32) btf.Type {
		return set.ByID(kernelID(id))
	})
}

// readRegistered reads from a .ko file what the module registers. typ finds a type by its id in the file.
func (m *Module) readRegistered(r io.ReaderAt, typ func(uint32) btf.Type) error {
	ko, err := readKo(r)
	if ko == nil || err != nil {
		return err
	}
	byName := map[string]*KfuncOverlay{}
	named := func(fn *btf.Func) *KfuncOverlay {
		if byName[fn.Name] == nil {
			byName[fn.Name] = &KfuncOverlay{Name: fn.Name, Module: m.Types.Name}
		}
		return byName[fn.Name]
	}
	for _, k := range ko.kfuncs() {
		if fn, ok := typ(k.id).(*btf.Func); ok {
			o := named(fn)
			if o.Flags, o.Types, o.ModifyReturn = k.flags, k.types, k.modifyReturn; k.all {
				o.Types = []abi.ProgType{abi.PROG_TYPE_UNSPEC}
			}
		}
	}
	// Whose objects a function frees stands before it in a list of ids.
	ids := ko.listed()
	for i := range max(len(ids), 1) - 1 {
		s, isStruct := typ(ids[i]).(*btf.Struct)
		fn, isFunc := typ(ids[i+1]).(*btf.Func)
		if isStruct && isFunc && frees(fn) {
			named(fn).Destroys = s.Name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		m.Kfuncs = append(m.Kfuncs, *byName[name])
	}
	return nil
}

// frees reports a function that can be a destructor: void f(void *).
func frees(fn *btf.Func) bool {
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok || len(proto.Params) != 1 {
		return false
	}
	ptr, isPtr := proto.Params[0].Type.(*btf.Pointer)
	if !isPtr {
		return false
	}
	_, nothing := proto.Return.(*btf.Void)
	_, any := ptr.Target.(*btf.Void)
	return nothing && any
}

// WithModule adds a module, whose types are split from the model's.
func WithModule(mod *Module) Option {
	return func(m *Model) {
		m.modules, m.own = append(slices.Clip(m.modules), mod.Types), true
		m.register(mod.Kfuncs)
		m.given("module "+mod.Types.Name, mod.Types.Digest)
	}
}
