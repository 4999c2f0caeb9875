package machine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// loadFile loads an object's programs into a machine of its own.
func loadFile(t testing.TB, file string, opts Options) (*Machine, []*Program) {
	t.Helper()
	obj, err := bpfverdict.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, opts)
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	progs, err := m.Load(obj, nil)
	if err != nil {
		t.Log("not loaded:", err) // such as programs for other kernels
	}
	return m, progs
}

// setVariable sets a global variable of 4 bytes.
func (p *Program) setVariable(t testing.TB, name string, value uint32) {
	t.Helper()
	for _, mp := range p.maps {
		if mp.def.BTF == nil {
			continue
		}
		sec, _ := mp.def.BTF.ByID(mp.def.ValueTypeID).(*btf.Datasec)
		if sec == nil {
			continue
		}
		for _, v := range sec.Vars {
			if v.Type.TypeName() == name {
				at, err := mp.impl.direct()
				if err != nil {
					t.Fatal(err)
				}
				binary.LittleEndian.PutUint32(p.machine.mem.buf[uint32(at)+v.Offset:], value)
				return
			}
		}
	}
	t.Fatalf("no variable %s", name)
}

// sameError reports two errors of one kind at one place. Addresses in them may differ.
func sameError(a, b error) bool {
	x, y := new(Fault), new(Fault)
	if errors.As(a, &x) && errors.As(b, &y) {
		return x.Kind == y.Kind && x.Where.String() == y.Where.String()
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// globals are the values of the maps of data sections, by name.
func globals(t testing.TB, m *Machine) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, mp := range m.Maps() {
		if mp.def.Type != abi.MAP_TYPE_ARRAY || mp.def.MaxEntries != 1 {
			continue
		}
		if v, ok := mp.Lookup(make([]byte, 4)); ok {
			out[mp.Name()] = bytes.Clone(v)
		}
	}
	return out
}

// Both engines give the same for each program of the examples and of the loops that speed is measured with: what is
// returned, the packet, global variables, errors.
func TestEnginesAgree(t *testing.T) {
	var files []string
	for _, glob := range []string{"../examples/*.bpf.o", "../examples/ownership/*.bpf.o", "testdata/speed/*.bpf.o", "../internal/treebench/*.bpf.o"} {
		found, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	compiled := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			slow, interpreted := loadFile(t, file, Options{})
			quick, fast := loadFile(t, file, Options{Fast: true})
			for i, p := range interpreted {
				if filepath.Base(file) == "loops.bpf.o" {
					p.setVariable(t, "rounds", 3000)
					fast[i].setVariable(t, "rounds", 3000)
				}
				in := Input{Data: make([]byte, 64)}
				if !p.TakesPacket() {
					in.Data = nil
				}
				want, wantErr := p.Run(context.Background(), in)
				got, err := fast[i].Run(context.Background(), in)
				if f := new(Fault); errors.As(wantErr, &f) && f.Kind == Expired {
					continue // which a machine that compiles does not tell
				}
				if !sameError(err, wantErr) {
					t.Errorf("%s: %v, interpreted: %v", p.Name(), err, wantErr)
				}
				if fast[i].NotCompiled() == nil {
					compiled++
				}
				if err != nil || wantErr != nil {
					continue
				}
				if got.R0 != want.R0 || !bytes.Equal(got.DataOut, want.DataOut) {
					t.Errorf("%s: %#x %x, interpreted: %#x %x", p.Name(), got.R0, got.DataOut, want.R0, want.DataOut)
				}
				wantVars := globals(t, slow)
				for name, v := range globals(t, quick) {
					if !bytes.Equal(v, wantVars[name]) {
						t.Errorf("%s: %s is %x, interpreted: %x", p.Name(), name, v, wantVars[name])
					}
				}
			}
		})
	}
	if compiled < 10 {
		t.Errorf("only %d programs were compiled", compiled)
	}
}

func TestNotCompiled(t *testing.T) {
	m := newMachine(t, Options{Fast: true})
	p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, "r0 = *(u64 *)(r10 -8)\nr0 = *(u8 *)(r0 +0)\nexit")
	_, err := p.Run(context.Background(), Input{Data: make([]byte, 64)})
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Errorf("run: %v", err)
	}
	if why := p.NotCompiled(); why == nil {
		t.Error("a program that the verifier refuses is compiled")
	}
}

// An element's value, whose address a program has, keeps what was there when the element is updated.
func TestCompiledUpdateKeepsOldValue(t *testing.T) {
	table := &object.Map{Name: "table", Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 2}
	for _, opts := range []Options{{}, {Fast: true}} {
		m := newMachine(t, opts)
		p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, `
			*(u32 *)(r10 -4) = 1
			*(u64 *)(r10 -16) = 5
			r1 = map[0] ll
			r2 = r10
			r2 += -4
			r3 = r10
			r3 += -16
			r4 = 0
			call map_update_elem
			r1 = map[0] ll
			r2 = r10
			r2 += -4
			call map_lookup_elem
			if r0 == 0 goto out
			r6 = r0
			*(u64 *)(r10 -16) = 70
			r1 = map[0] ll
			r2 = r10
			r2 += -4
			r3 = r10
			r3 += -16
			r4 = 0
			call map_update_elem
			r6 = *(u64 *)(r6 +0)
			r1 = map[0] ll
			r2 = r10
			r2 += -4
			call map_lookup_elem
			if r0 == 0 goto out
			r0 = *(u64 *)(r0 +0)
			r0 += r6
			out: exit`, table)
		res, err := p.Run(context.Background(), Input{Data: make([]byte, 64), Repeat: 3})
		if err != nil || res.R0 != 75 || opts.Fast && p.NotCompiled() != nil {
			t.Errorf("%+v: %+v, %v, %v", opts, res, err, p.NotCompiled())
		}
		if v, ok := m.Maps()[0].Lookup([]byte{1, 0, 0, 0}); !ok || v[0] != 70 {
			t.Errorf("%+v: the map has %x", opts, v)
		}
	}
}

func TestCompiledRunIsCancelled(t *testing.T) {
	m := newMachine(t, Options{Fast: true})
	p := assemble(t, m, abi.PROG_TYPE_SCHED_CLS, "r0 = 0\nagain: may_goto out\nr0 += 1\ngoto again\nout: exit")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Run(ctx, Input{Data: make([]byte, 64), Repeat: 1 << 40}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if why := p.NotCompiled(); why != nil {
		t.Error(why)
	}
}
