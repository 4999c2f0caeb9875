package object

import (
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// attach gives the image its type, flags and BTF target, or says why it can't be loaded.
func (l *linker) attach(p *Program, img *Image) error {
	def := p.def
	if def == nil {
		return l.unknownSection(p)
	}
	img.Sleepable = def.flags&secSleepable != 0
	img.XDPFrags = def.flags&secXDPFrags != 0
	if def.flags&secUSDT != 0 {
		img.Attach = abi.ATTACH_TRACE_UPROBE_MULTI
	}
	img.AttachName = p.target
	if p.Type == abi.PROG_TYPE_STRUCT_OPS {
		t, ok := l.ops[p.fn]
		switch {
		case l.skipped[p.fn]:
			return fail(abi.EINVAL, "prog '%s': skipped loading: no struct_ops map of this kernel uses it", p.Name)
		case !ok:
			return fail(abi.EINVAL, "prog '%s': SEC(\"struct_ops\") program isn't referenced anywhere, did you forget to use it?", p.Name)
		}
		img.AttachTypes, img.AttachBTFID, img.AttachMember = t.set(), t.typeID, t.member
		img.Attach = abi.AttachType(t.member)
		return nil
	}
	if def.flags&secAttachBTF == 0 {
		return nil
	}
	if p.into != nil {
		return l.attachToProgram(p, img)
	}
	if p.target == "" && l.obj.loader.does(ruleTargetless) {
		return nil
	}
	if p.target == "" && !strings.Contains(p.fn.section, "/") {
		return fail(abi.EINVAL, "prog '%s': no BTF-based attach target is specified, use bpf_program__set_attach_target()", p.Name)
	}
	if p.Type == abi.PROG_TYPE_EXT {
		return fail(abi.EINVAL, "prog '%s': attach program FD is not set", p.Name)
	}
	set, id, errno := l.findTarget(img.AttachName, p.Attach)
	if id == 0 {
		return fail(errno, "prog '%s': failed to find kernel BTF type ID of '%s': -%d", p.Name, img.AttachName, errno)
	}
	img.AttachTypes, img.AttachBTFID = set, id
	return nil
}

// attachToProgram attaches the image to a function of another program, linked against the same kernel.
func (l *linker) attachToProgram(p *Program, img *Image) error {
	t := l.others[p.into.obj]
	if t == nil {
		t = newLinker(p.into.obj, l.model)
		if l.others == nil {
			l.others = map[*Object]*linker{}
		}
		l.others[p.into.obj] = t
	}
	name := p.into.prog.Name
	into, err := t.link(p.into.prog)
	if err != nil {
		r := asReason(err)
		return fail(r.errno, "prog '%s': the program it attaches to, '%s', can't be loaded: %s", p.Name, name, r.text)
	}
	if into.BTF == nil {
		return fail(abi.EINVAL, "prog '%s': the program it attaches to, '%s', has no BTF", p.Name, name)
	}
	id, _ := into.BTF.FindFunc(p.target)
	if id == 0 {
		return fail(abi.ENOENT, "prog '%s': failed to find BTF type ID of '%s' in program '%s': -%d", p.Name, p.target, name, abi.ENOENT)
	}
	img.AttachProg, img.AttachBTFID, img.AttachTypes = into, id, len(img.Types)
	img.Types = append(slices.Clip(img.Types), into.BTF)
	return nil
}

// unknownSection refuses a program whose type nobody knows. Other loaders may.
func (l *linker) unknownSection(p *Program) error {
	r := refuse(ruleNone, abi.EINVAL, "prog '%s': missing BPF prog type, check ELF section name '%s'", p.Name, p.fn.section).(*reason)
	say := l.obj.loader.others(func(o *Loader) string {
		if def, _ := o.sections.find(p.fn.section); def != nil && def != o.sections.other {
			return "takes it for " + def.typ.String()
		}
		return ""
	})
	if say != "" {
		r.hint = "libbpf refuses: the section " + p.fn.section + " tells no program type; " + say
	}
	return r
}

// findTarget looks an attach target up; "module:name" looks into that module only.
func (l *linker) findTarget(target string, attach abi.AttachType) (set int, id uint32, errno abi.Errno) {
	module, name, named := strings.Cut(target, ":")
	if !named {
		name = target
	}
	if !named || strings.HasPrefix("vmlinux", module) {
		if id, errno = targetID(l.model.Types(), name, attach); id != 0 || errno != abi.ENOENT {
			return 0, id, errno
		}
	}
	for i, m := range l.model.Modules() {
		if named && !strings.HasPrefix(m.Name, module) {
			continue
		}
		if id, errno = targetID(m, name, attach); id != 0 || errno != abi.ENOENT {
			return i + 2, id, errno
		}
	}
	return 0, 0, abi.ESRCH
}

// targetID finds the type that stands for an attach target in BTF.
func targetID(s *types.Set, name string, attach abi.AttachType) (uint32, abi.Errno) {
	prefix := ""
	switch attach {
	case abi.ATTACH_TRACE_RAW_TP:
		prefix = "btf_trace_"
	case abi.ATTACH_LSM_MAC, abi.ATTACH_LSM_CGROUP:
		prefix = "bpf_lsm_"
	case abi.ATTACH_TRACE_ITER:
		prefix = "bpf_iter_"
	}
	const most = 128 // bytes of a name that libbpf looks for, with its NUL
	if len(prefix)+len(name) >= most {
		return 0, abi.ENAMETOOLONG
	}
	var id uint32
	if attach == abi.ATTACH_TRACE_RAW_TP {
		id, _ = types.Find[*btf.Typedef](s, prefix+name)
	} else {
		id, _ = types.Find[*btf.Func](s, prefix+name)
	}
	if id == 0 {
		return 0, abi.ENOENT
	}
	return id, 0
}
