package object

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// rawBuilder makes BTF by hand.
type rawBuilder struct{ b *rawBTF }

func newRawBuilder() *rawBuilder { return &rawBuilder{&rawBTF{strs: "\x00", offs: []uint32{0}}} }

func (r *rawBuilder) add(name string, info uint32, words ...uint32) uint32 {
	id := r.b.n()
	off := uint32(0)
	if name != "" {
		off = r.b.addString(name)
	}
	r.b.offs = append(r.b.offs, uint32(len(r.b.types)))
	for _, w := range append([]uint32{off, info}, words...) {
		r.b.types = le.AppendUint32(r.b.types, w)
	}
	return id
}

type testMember struct {
	name string
	typ  uint32
	off  uint32 // bytes
}

func (r *rawBuilder) structure(name string, size uint32, members ...testMember) uint32 {
	words := []uint32{size}
	for _, m := range members {
		words = append(words, r.b.addString(m.name), m.typ, m.off*8)
	}
	return r.add(name, kindStruct<<24|uint32(len(members)), words...)
}

func (r *rawBuilder) integer(size uint32) uint32 {
	return r.add("int", kindInt<<24, size, size*8)
}

// kptr is a pointer with a type tag to a struct.
func (r *rawBuilder) kptr(tag string, to uint32) uint32 {
	return r.add("", kindPtr<<24, r.add(tag, kindTypeTag<<24, to))
}

func (r *rawBuilder) array(elem, index, n uint32) uint32 {
	return r.add("", kindArray<<24, 0, elem, index, n)
}

func (r *rawBuilder) contains(owner, member uint32, what string) {
	r.add("contains:"+what, kindDeclTag<<24, owner, member)
}

// TestRecord holds the placement rules of special fields: what lies where, and
// what the kernel refuses.
func TestRecord(t *testing.T) {
	type fields map[uint32]FieldType
	for _, c := range []struct {
		name  string
		make  func(r *rawBuilder) uint32
		size  uint32
		want  fields
		errno abi.Errno
	}{
		{"none", func(r *rawBuilder) uint32 {
			return r.structure("v", 8, testMember{"a", r.integer(8), 0})
		}, 8, nil, 0},
		{"lock", func(r *rawBuilder) uint32 {
			lock := r.structure("bpf_spin_lock", 4, testMember{"val", r.integer(4), 0})
			return r.structure("v", 8, testMember{"l", lock, 4})
		}, 8, fields{4: BPF_SPIN_LOCK}, 0},
		{"two locks", func(r *rawBuilder) uint32 {
			lock := r.structure("bpf_spin_lock", 4, testMember{"val", r.integer(4), 0})
			return r.structure("v", 8, testMember{"l", lock, 0}, testMember{"m", lock, 4})
		}, 8, nil, abi.E2BIG},
		{"lock of another size", func(r *rawBuilder) uint32 {
			lock := r.structure("bpf_spin_lock", 8, testMember{"val", r.integer(8), 0})
			return r.structure("v", 8, testMember{"l", lock, 0})
		}, 8, nil, 0},
		{"both locks", func(r *rawBuilder) uint32 {
			i := r.integer(4)
			a := r.structure("bpf_spin_lock", 4, testMember{"val", i, 0})
			b := r.structure("bpf_res_spin_lock", 4, testMember{"val", i, 0})
			return r.structure("v", 8, testMember{"l", a, 0}, testMember{"m", b, 4})
		}, 8, nil, abi.EINVAL},
		{"array of locks", func(r *rawBuilder) uint32 {
			i := r.integer(4)
			lock := r.structure("bpf_spin_lock", 4, testMember{"val", i, 0})
			return r.structure("v", 8, testMember{"l", r.array(lock, i, 2), 0})
		}, 8, nil, abi.EINVAL},
		{"misaligned timer", func(r *rawBuilder) uint32 {
			timer := r.structure("bpf_timer", 16)
			return r.structure("v", 24, testMember{"t", timer, 4})
		}, 24, nil, 0},
		{"kptr", func(r *rawBuilder) uint32 {
			return r.structure("v", 8, testMember{"p", r.kptr("kptr", r.structure("task_struct", 4)), 0})
		}, 8, fields{0: BPF_KPTR_REF}, 0},
		{"kptr to what has no destructor", func(r *rawBuilder) uint32 {
			return r.structure("v", 8, testMember{"p", r.kptr("kptr", r.structure("file", 4)), 0})
		}, 8, nil, abi.ENOENT},
		{"untrusted kptr to the same", func(r *rawBuilder) uint32 {
			return r.structure("v", 8, testMember{"p", r.kptr("kptr_untrusted", r.structure("file", 4)), 0})
		}, 8, fields{0: BPF_KPTR_UNREF}, 0},
		{"unknown tag", func(r *rawBuilder) uint32 {
			return r.structure("v", 8, testMember{"p", r.kptr("mine", r.structure("file", 4)), 0})
		}, 8, nil, abi.EINVAL},
		{"kptr to an integer", func(r *rawBuilder) uint32 {
			return r.structure("v", 8, testMember{"p", r.kptr("kptr", r.integer(4)), 0})
		}, 8, nil, abi.EINVAL},
		{"array of structs of kptrs", func(r *rawBuilder) uint32 {
			i := r.integer(4)
			in := r.structure("in", 16, testMember{"a", i, 0}, testMember{"p", r.kptr("kptr", r.structure("task_struct", 4)), 8})
			return r.structure("v", 48, testMember{"x", r.array(in, i, 3), 0})
		}, 48, fields{8: BPF_KPTR_REF, 24: BPF_KPTR_REF, 40: BPF_KPTR_REF}, 0},
		{"more kptrs than the kernel takes", func(r *rawBuilder) uint32 {
			i := r.integer(4)
			return r.structure("v", 96, testMember{"x", r.array(r.kptr("kptr", r.structure("task_struct", 4)), i, 12), 0})
		}, 96, nil, abi.E2BIG},
		{"list head without a lock", func(r *rawBuilder) uint32 {
			node := r.structure("bpf_list_node", 24)
			r.structure("obj", 32, testMember{"n", node, 8})
			v := r.structure("v", 16, testMember{"h", r.structure("bpf_list_head", 16), 0})
			r.contains(v, 0, "obj:n")
			return v
		}, 16, nil, abi.EINVAL},
		{"list head", func(r *rawBuilder) uint32 {
			node := r.structure("bpf_list_node", 24)
			r.structure("obj", 32, testMember{"n", node, 8})
			v := r.structure("v", 24, testMember{"h", r.structure("bpf_list_head", 16), 0}, testMember{"l", r.structure("bpf_spin_lock", 4), 16})
			r.contains(v, 0, "obj:n")
			return v
		}, 24, fields{0: BPF_LIST_HEAD, 16: BPF_SPIN_LOCK}, 0},
		{"list head that contains nothing known", func(r *rawBuilder) uint32 {
			v := r.structure("v", 24, testMember{"h", r.structure("bpf_list_head", 16), 0}, testMember{"l", r.structure("bpf_spin_lock", 4), 16})
			r.contains(v, 0, "obj:n")
			return v
		}, 24, nil, abi.ENOENT},
		{"list head without a tag", func(r *rawBuilder) uint32 {
			return r.structure("v", 24, testMember{"h", r.structure("bpf_list_head", 16), 0}, testMember{"l", r.structure("bpf_spin_lock", 4), 16})
		}, 24, nil, abi.EINVAL},
		{"root over list nodes", func(r *rawBuilder) uint32 {
			node := r.structure("bpf_list_node", 24)
			r.structure("obj", 32, testMember{"n", node, 8})
			v := r.structure("v", 24, testMember{"h", r.structure("bpf_rb_root", 16), 0}, testMember{"l", r.structure("bpf_spin_lock", 4), 16})
			r.contains(v, 0, "obj:n")
			return v
		}, 24, nil, abi.EINVAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRawBuilder()
			id := c.make(r)
			r.b.index()
			p := &recordParser{b: r.b, model: model(t)}
			rec, errno := p.parse(id, mapFields, c.size)
			if errno != c.errno {
				t.Fatalf("errno %d, want %d", errno, c.errno)
			}
			got := 0
			if rec != nil {
				got = len(rec.Fields)
			}
			if got != len(c.want) {
				t.Fatalf("%d fields, want %d", got, len(c.want))
			}
			for off, typ := range c.want {
				if rec.Find(off, typ) == nil || !rec.HasAny(typ) {
					t.Errorf("no field %x at %d: %+v", typ, off, rec.Fields)
				}
			}
		})
	}
}

// TestStructs finds the structs that programs may allocate and refuses circles of ownership.
func TestStructs(t *testing.T) {
	build := func(inner string) (*recordParser, uint32) {
		r := newRawBuilder()
		node := r.structure("bpf_list_node", 24)
		head := r.structure("bpf_list_head", 16)
		lock := r.structure("bpf_spin_lock", 4)
		r.structure("leaf", 24, testMember{"n", node, 0})
		a := r.structure("a", 48, testMember{"n", node, 0}, testMember{"h", head, 24}, testMember{"l", lock, 40})
		r.contains(a, 1, inner)
		r.b.index()
		return &recordParser{b: r.b, model: model(t)}, a
	}
	p, a := build("leaf:n")
	if errno := p.parseStructs(); errno != 0 {
		t.Fatal(errno)
	}
	rec := p.structs[a]
	if rec == nil || rec.Find(24, BPF_LIST_HEAD) == nil || rec.Find(24, BPF_LIST_HEAD).NodeRecord == nil {
		t.Errorf("record of a: %+v", rec)
	}
	if p, _ := build("a:n"); p.parseStructs() != abi.ELOOP || p.why != "struct a: its special fields are not valid" {
		t.Errorf("a list of itself is accepted, or refused because %q", p.why)
	}
}

// A struct that owns what only a module could free is refused, with the types of the program that has it.
func TestStructWithoutDestructor(t *testing.T) {
	r := newRawBuilder()
	r.structure("v", 8, testMember{"p", r.kptr("kptr", r.structure("file", 4)), 0})
	r.b.index()
	p := &recordParser{b: r.b, model: model(t)}
	if errno := p.parseStructs(); errno != abi.ENOENT || p.why != "struct v: it has a kptr to file of vmlinux, for which no destructor is known" {
		t.Errorf("errno %d, %q", errno, p.why)
	}
}
