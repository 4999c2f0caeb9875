package bpftest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

// RunInput is what a run starts from; Input changes it.
type RunInput struct {
	machine.Input
	World machine.World
}

// Input changes what programs are run on: the packet, 64 zeros at first, the context, the world.
func Input(change func(*RunInput)) Option {
	return func(o *options) { o.inputs = append(o.inputs, change) }
}

// Packet is what programs that take packets are run on.
func Packet(data []byte) Option { return Input(func(in *RunInput) { in.Data = data }) }

// A Machine runs programs of one object, which share its maps. Any fault of a program ends the test.
type Machine struct {
	t     testing.TB
	m     *machine.Machine
	progs []*machine.Program
	in    RunInput

	obj    *bpfverdict.Object // as it was opened: checks change it as they did for the machine
	kernel *kernel.Model
	checks []bpfverdict.Option
}

// Load verifies the programs of an object file as the kernel, the first if options name several, and prepares to run
// them. When the test ends, an object that a program has lost fails it.
func Load(t testing.TB, file string, opts ...Option) *Machine {
	t.Helper()
	obj, err := bpfverdict.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return load(t, obj, newOptions(t, opts))
}

func load(t testing.TB, obj *bpfverdict.Object, o *options) *Machine {
	t.Helper()
	m := &Machine{t: t, in: RunInput{Input: machine.Input{Data: make([]byte, 64)}}, obj: obj, kernel: o.models[0], checks: o.checks}
	for _, change := range o.inputs {
		change(&m.in)
	}
	objs, err := bpfverdict.Change([]*bpfverdict.Object{obj}, o.checks...)
	if err != nil {
		t.Fatal(err)
	}
	if m.m, err = machine.New(o.models[0], machine.Options{World: m.in.World}); err != nil {
		t.Fatal(err)
	}
	if m.progs, err = m.m.Load(objs[0], nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.m.Close(); err != nil && !t.Failed() {
			t.Errorf("%+v", err)
		}
	})
	return m
}

// Run runs one program of an object file, and returns what it gave. Load is for several.
func Run(t testing.TB, file, program string, opts ...Option) (*machine.Result, *Machine) {
	t.Helper()
	m := Load(t, file, opts...)
	return m.Run(program, opts...), m
}

// Run verifies the program and runs it. The test ends if it would be refused, faults, or needs what the machine lacks.
// Options may change the input.
func (m *Machine) Run(program string, opts ...Option) *machine.Result {
	m.t.Helper()
	p := m.program(program)
	if err := p.Verify(m.t.Context()); err != nil {
		m.t.Fatalf("%s: %s", program, m.why(program, err))
	}
	in, o := m.in, &options{}
	for _, f := range opts {
		f(o)
	}
	for _, change := range o.inputs {
		change(&in)
	}
	if !p.TakesPacket() {
		in.Data = nil
	}
	res, err := p.Run(m.t.Context(), in.Input)
	if err != nil {
		m.t.Fatalf("%s: %+v", program, err)
	}
	return res
}

// why judges a program that is refused once more, to tell the reason.
func (m *Machine) why(program string, err error) string {
	m.t.Helper()
	res, checked := m.obj.Check(m.t.Context(), m.kernel, append(slices.Clip(m.checks), bpfverdict.Only(program))...)
	if checked != nil {
		m.t.Fatal(checked)
	}
	for p := range res.Programs() {
		if p.Err() != nil {
			return explain(p, p.Err())
		}
	}
	return err.Error()
}

func (m *Machine) program(name string) *machine.Program {
	m.t.Helper()
	i := slices.IndexFunc(m.progs, func(p *machine.Program) bool { return p.Name() == name })
	if i < 0 {
		m.t.Fatalf("no program %s", name)
	}
	return m.progs[i]
}

func (m *Machine) table(name string) *machine.Map {
	m.t.Helper()
	for _, mp := range m.m.Maps() {
		if mp.Name() == name {
			return mp
		}
	}
	m.t.Fatalf("no map %s", name)
	return nil
}

// encode and decode are between Go values of fixed size and memory as BPF has it: little-endian, without padding, which
// structs must have as fields.
func encode(t testing.TB, what string, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return b.Bytes()
}

func decode[V any](t testing.TB, what string, data []byte) (v V) {
	t.Helper()
	if n := binary.Size(v); n != len(data) {
		t.Fatalf("%s has %d bytes, and a %T %d", what, len(data), v, n)
	}
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, &v); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return v
}

// Lookup returns an element of a map; ok is false if it has none for the key. Types must have the sizes of the map's.
func Lookup[V, K any](m *Machine, name string, key K) (value V, ok bool) {
	m.t.Helper()
	data, ok := m.table(name).Lookup(encode(m.t, "a key of map "+name, key))
	if !ok {
		return value, false
	}
	return decode[V](m.t, "a value of map "+name, data), true
}

// Update sets an element of a map, as user space does.
func Update[K, V any](m *Machine, name string, key K, value V) {
	m.t.Helper()
	if err := m.table(name).Update(encode(m.t, "a key of map "+name, key), encode(m.t, "a value of map "+name, value)); err != nil {
		m.t.Fatal(err)
	}
}

// Var returns what a global variable is now.
func Var[V any](m *Machine, name string) V {
	m.t.Helper()
	data, ok := m.m.Variable(name)
	if !ok {
		m.t.Fatalf("no variable %s", name)
	}
	return decode[V](m.t, fmt.Sprintf("variable %s", name), data)
}

// SetVar changes a global variable between runs.
func SetVar[V any](m *Machine, name string, value V) {
	m.t.Helper()
	if err := m.m.SetVariable(name, encode(m.t, "variable "+name, value)); err != nil {
		m.t.Fatal(err)
	}
}
