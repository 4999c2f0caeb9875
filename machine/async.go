package machine

import (
	"cmp"
	"context"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// deferred is a function of a program that runs later, for a field of a map's value: a timer, an item of a workqueue, or
// work for a task.
type deferred struct {
	spot
	kind  object.FieldType
	mp    *Map
	prog  *Program // nil: no function is set
	pc    int
	armed bool
	due   uint64 // on the machine's clock
	turn  uint64 // of those that are due at once, when it was armed
	busy  bool   // its function runs
	real  bool   // its clock counts from 1970
	other bool   // it is work for another task than that which runs the programs
}

// sleeps reports that the function may sleep.
func (d *deferred) sleeps() bool { return d.kind != object.BPF_TIMER }

// arm makes the function run when the clock is there.
func (m *Machine) arm(d *deferred, due uint64) {
	m.turns++
	d.armed, d.due, d.turn = true, due, m.turns
}

// deferredAt is what is deferred for the field at an address; nil for nothing.
func (c *CPU) deferredAt(addr uint64, kind object.FieldType, what string) (spot, *deferred, error) {
	s, _, err := c.m.fieldAt(addr, kind, what)
	return s, c.m.deferred[s], err
}

// newDeferred makes a field of a value of the map at an address one that a function may run for.
func (c *CPU) newDeferred(s spot, kind object.FieldType, mapAddr uint64) (*deferred, error) {
	mp, err := c.m.mapAt(mapAddr)
	if err != nil {
		return nil, err
	}
	if v, ok := mp.impl.(valued); !ok || !slices.Contains(v.blocks(), s.b) {
		return nil, &Fault{Kind: WrongObject, Addr: s.addr(), Object: s.b.info(), Reason: "it is not in a value of map " + mp.def.Name}
	}
	d := &deferred{spot: s, kind: kind, mp: mp}
	c.m.deferred[s] = d
	return d, nil
}

// setDeferred sets the function that runs.
func (c *CPU) setDeferred(d *deferred, fn uint64) (err error) {
	d.prog, d.pc, err = c.m.codeAt(fn)
	return err
}

// settle lets time pass after a run, on its CPU, and runs what is due until then, in order.
func (m *Machine) settle(ctx context.Context, r *run) error {
	until := m.clock + m.world.Pause
	for {
		d := m.nextDue(until)
		if d == nil {
			m.clock = max(m.clock, until)
			return nil
		}
		m.clock = max(m.clock+clockStep, d.due)
		if err := m.runDeferred(ctx, r, d); err != nil {
			return err
		}
	}
}

// nextDue is what is due first, until a time; nil for nothing.
func (m *Machine) nextDue(until uint64) *deferred {
	var first *deferred
	for _, d := range m.deferred {
		if d.armed && d.due <= until && (first == nil || cmp.Or(cmp.Compare(d.due, first.due), cmp.Compare(d.turn, first.turn)) < 0) {
			first = d
		}
	}
	return first
}

// runDeferred interprets a function, as a run of its own. Its instructions count as those of the run before.
func (m *Machine) runDeferred(ctx context.Context, before *run, d *deferred) error {
	d.armed = false
	if d.other {
		return unsupported("work for another task than that which runs the programs")
	}
	key, err := d.mp.keyOf(d.spot)
	if err != nil {
		return err
	}
	c := before.c
	r := &run{p: d.prog, c: c, in: Input{Observe: before.in.Observe}, out: &Result{}, sleepable: d.sleeps()}
	defer r.end()
	c.begin(r)
	c.pc, c.leaks = d.pc, d.prog.leaks[d.pc]
	c.r[insn.R1], c.r[insn.R2], c.r[insn.R3] = d.mp.obj.addr, key, d.b.addr+uint64(d.base())
	d.busy = true
	err = r.interpret(ctx)
	d.busy = false
	before.out.Insns += r.out.Insns
	return err
}

// keyed are maps that can tell the key of a value.
type keyed interface {
	// keyOf is the address of the key of the value that begins at a spot; 0 if it is in the map no more.
	keyOf(value spot) uint64
}

// keyOf is the address of the key of the value that a spot lies in.
func (mp *Map) keyOf(s spot) (uint64, error) {
	k, ok := mp.impl.(keyed)
	if !ok {
		return 0, unsupported("the key of a value in a map of type %s", mp.def.Type)
	}
	return k.keyOf(spot{s.b, s.base()}), nil
}

// cancel forgets what is deferred for a field.
func (m *Machine) cancel(s spot) { delete(m.deferred, s) }

// startDeferred arms what has a function.
func (c *CPU) startDeferred(d *deferred, due uint64) abi.Errno {
	if d == nil || d.prog == nil {
		return abi.EINVAL
	}
	c.m.arm(d, due)
	return 0
}
