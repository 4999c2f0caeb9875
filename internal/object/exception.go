package object

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// exceptionTag names a program's exception callback: a declaration tag on a function.
type exceptionTag struct {
	on   uint32 // the type tagged
	name string // of the callback
}

// exceptionTags collects the tags "exception_callback:NAME", in order of ids.
func (b *rawBTF) exceptionTags() []exceptionTag {
	var out []exceptionTag
	for id := uint32(1); id < b.n(); id++ {
		if b.kind(id) != kindDeclTag || int32(b.u32(id, 12)) != -1 {
			continue
		}
		if name, ok := strings.CutPrefix(b.name(id), "exception_callback:"); ok {
			out = append(out, exceptionTag{b.typ(id), name})
		}
	}
	return out
}

// exceptionCallback finds the subprogram that a tag on the program names, nil for none.
func (a *assembler) exceptionCallback() (*function, error) {
	if !a.l.model.Has(kmodel.DeclTags) {
		return nil, nil
	}
	b := a.l.obj.btf
	prog := a.prog.fn
	var found *function
	for _, tag := range a.l.obj.exceptions {
		if b.kind(tag.on) != kindFunc || b.vlen(tag.on) != linkGlobal {
			return nil, fail(abi.EINVAL, "prog '%s': exception_callback:<value> decl tag not applied to the main program", prog.name)
		}
		if b.name(tag.on) != prog.name {
			continue
		}
		if found != nil {
			return nil, nil // several: the verifier's to refuse
		}
		if tag.name == "" {
			return nil, fail(abi.EINVAL, "prog '%s': exception_callback:<value> decl tag contains empty value", prog.name)
		}
		if found = a.l.obj.namedSubprogram(tag.name); found == nil {
			return nil, fail(abi.ENOENT, "prog '%s': cannot find exception callback '%s'", prog.name, tag.name)
		}
		if !found.global || found.hidden {
			return nil, fail(abi.EINVAL, "prog '%s': exception callback %s must be a global non-hidden function", prog.name, found.name)
		}
	}
	return found, nil
}

// namedSubprogram returns the first subprogram of that name, nil for none.
func (o *Object) namedSubprogram(name string) *function {
	for _, fn := range o.funcs {
		if o.subprogram(fn) && fn.name == name {
			return fn
		}
	}
	return nil
}
