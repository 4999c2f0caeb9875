package machine

import (
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

func init() {
	registerHelpers(map[string]implementation{"kptr_xchg": kptrXchg})
}

// kptrXchg puts the object at r2, which the program owns, or NULL into the kptr at r1, and makes the program the owner of
// the one that was there.
func kptrXchg(c *CPU, a *args) (uint64, error) {
	m := c.m
	s, f, err := m.fieldAt(a[0], object.BPF_KPTR_REF|object.BPF_KPTR_PERCPU, "kptr that can be exchanged")
	if err != nil {
		return 0, err
	}
	if !m.compiles && s.b.own != nil && c.run.held[s.b].n == 0 && !c.borrows(s.b) {
		return 0, &Fault{Kind: NotOwned, Addr: a[0], Object: s.b.info(), Reason: "a kptr in an object that is neither owned nor borrowed: " + s.b.own.state}
	}
	old := m.kptrIn(s)
	if word := m.link(s.addr()); old.addr != word {
		return 0, &Fault{Kind: WrongObject, Addr: a[0], Object: s.b.info(), Reason: fmt.Sprintf("the kptr was overwritten with %#x", word)}
	}
	var b *block
	if a[1] != 0 {
		if b, err = m.ownedAt(a[1]); err != nil {
			return 0, err
		}
		if want := m.pointee(s.b, f); !want.fits(b) {
			return 0, &Fault{Kind: WrongObject, Addr: a[1], Object: b.info(), Reason: fmt.Sprintf("the kptr at offset %d of %s is for struct %s", s.off, s.b.name, want.name)}
		}
		if err := c.give(b, a[1], fmt.Sprintf("in the kptr at offset %d of %s", s.off, s.b.name)); err != nil {
			return 0, err
		}
	}
	m.setKptr(s, stashed{b, a[1]})
	if old.b != nil {
		c.given(old.b)
	}
	return old.addr, nil
}

// stashed is what is in a kptr: an object and the address it was put there by. Both are zero for NULL.
type stashed struct {
	b    *block
	addr uint64
}

// kptrIn is what is in a kptr. Compiled programs don't tell what they put there.
func (m *Machine) kptrIn(s spot) stashed {
	if !m.compiles {
		return m.kptrs[s]
	}
	if word := m.link(s.addr()); word != 0 {
		return stashed{m.mem.blockAt(uint32(word)), word}
	}
	return stashed{}
}

// setKptr writes a kptr.
func (m *Machine) setKptr(s spot, in stashed) {
	putNumber(m.word(s.addr()), in.addr)
	if in.b == nil {
		delete(m.kptrs, s)
		return
	}
	m.kptrs[s] = in
	o := in.b.own
	o.published = true
	if hi := upper(in.addr); !slices.Contains(o.stashed, hi) {
		o.stashed = append(o.stashed, hi)
	}
}

// pointee is what a kptr is for: a struct of the kernel's, or of the program's BTF.
type pointee struct {
	kernel bool
	name   string
}

func (m *Machine) pointee(b *block, f *object.Field) pointee {
	if f.PointeeSet == 1 {
		return pointee{false, types.Name(b.fields.types.ByID(f.PointeeID))}
	}
	return pointee{true, types.Name(m.k.Types().ByID(f.PointeeID))}
}

func (p pointee) fits(b *block) bool { return b.own.kernel == p.kernel && b.own.name == p.name }

// emptyFields drops what a value's special fields own. The value begins at base.
func (m *Machine) emptyFields(b *block, base uint32, at place) {
	if b.fields.Record == nil {
		return
	}
	for i := range b.fields.Fields {
		f := &b.fields.Fields[i]
		s := spot{b, base + f.Offset}
		switch f.Type {
		case object.BPF_KPTR_REF, object.BPF_KPTR_PERCPU:
			if old := m.kptrIn(s); old.b != nil {
				m.setKptr(s, stashed{})
				m.drop(old.b, at)
			}
		case object.BPF_TIMER, object.BPF_WORKQUEUE, object.BPF_TASK_WORK:
			m.cancel(s)
		case object.BPF_KPTR_UNREF:
			putNumber(m.mem.buf[uint32(s.addr()):][:8], 0)
		case object.BPF_LIST_HEAD, object.BPF_RB_ROOT:
			m.empty(&container{s, f}, at)
		}
	}
}

// emptyValues drops what the special fields of all values in a block own.
func (m *Machine) emptyValues(b *block, at place) {
	if b.fields.Record == nil {
		return
	}
	step := b.fields.stride
	if step == 0 {
		step = max(b.size, 1)
	}
	for base := uint32(0); base < b.size; base += step {
		m.emptyFields(b, base, at)
	}
}
