package jit

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// module is a program's translation under way.
type module struct {
	wasm.Module
	funcs map[place]wasm.Func
	todo  []place                        // functions declared and not yet translated
	write func(*flow.Graph, flow.Writer) // how control flow is written
	// lookups look keys up in hash tables.
	lookups    map[*HashTable]wasm.Func
	lookupType wasm.TypeIndex
	signature  wasm.TypeIndex // of translated functions
	program    *Program       // as a whole

	// What the host does, see Host.
	helper, load, store, packet, tick, reached, tail, tailResult wasm.Func
}

// place is where a function begins, and which function of the program at hand it calls by address.
type place struct {
	p        *Program
	start    int
	callback int // -1 for none
}

// function declares the function at a place, or finds it declared.
func (m *module) function(at place) wasm.Func {
	f, ok := m.funcs[at]
	if !ok {
		f = m.Declare(m.signature)
		m.funcs[at] = f
		m.todo = append(m.todo, at)
	}
	return f
}

// none is the callback of a function that calls none by address.
const none = -1

// repeatName is the name under which the host runs the program over and over.
const repeatName = "repeat"

// funcName is the name under which the host calls a function.
func funcName(start int) string { return fmt.Sprint("f", start) }

// Names of what the host does, see Host.
const (
	helperName  = "helper"
	loadName    = "load"
	storeName   = "store"
	packetName  = "packet"
	tickName    = "tick"
	reachedName = "reached"
	tailName    = "tail"
	resultName  = "result"
)

// imports are the functions of the host, in the order of their signatures.
func (m *module) imports() {
	const i32, i64 = wasm.I32, wasm.I64
	m.helper = m.Import(helperName, m.Type([]wasm.Type{i32, i64, i64, i64, i64, i64, i64}, i64))
	m.load = m.Import(loadName, m.Type([]wasm.Type{i32, i64}, i64))
	m.store = m.Import(storeName, m.Type([]wasm.Type{i32, i64, i64}))
	m.packet = m.Import(packetName, m.Type([]wasm.Type{i32, i64}, i64))
	m.tick = m.Import(tickName, m.Type(nil))
	m.tail = m.Import(tailName, m.Type([]wasm.Type{i32, i64, i64, i64, i64}, i32))
	m.tailResult = m.Import(resultName, m.Type(nil, i64))
	m.reached = m.Import(reachedName, m.Type([]wasm.Type{i32}))
}

// assemble gives the module of a program, which imports the functions of module host and has a memory of that many
// pages, or more.
func assemble(p *Program, host string, pages uint32, write func(*flow.Graph, flow.Writer)) ([]byte, error) {
	if len(p.Sites) != len(p.Insns) || len(p.Funcs) == 0 || p.Funcs[0] != 0 {
		return nil, fmt.Errorf("program %s is not described as a whole", p.Name)
	}
	m := &module{funcs: map[place]wasm.Func{}, write: write, lookups: map[*HashTable]wasm.Func{}, program: p}
	m.Host = host
	m.Memory.Min, m.Memory.Max = pages, MaxMemory/PageSize
	m.imports()
	m.signature = m.Type(signature, wasm.I64)
	m.lookupType = m.Type([]wasm.Type{wasm.I32}, wasm.I32)
	for _, start := range p.Funcs {
		m.Export(funcName(start), m.function(place{p, start, none}))
	}
	for len(m.todo) > 0 {
		at := m.todo[0]
		m.todo = m.todo[1:]
		code, err := m.translate(at)
		if err != nil {
			return nil, fmt.Errorf("program %s: %w", p.Name, err)
		}
		m.Define(m.funcs[at], code)
	}
	m.repeat(m.funcs[place{p, 0, none}])
	return m.Encode(), nil
}

// repeat adds the function that runs main so many times, at least once: repeat(times, context, frame pointer) is
// what main returned at last.
func (m *module) repeat(main wasm.Func) {
	const times, context, fp = 0, 1, 2
	c := wasm.NewCode(3)
	result := c.Local(wasm.I64)
	c.Loop()
	c.Get(context)
	for range 4 {
		c.Const64(0)
	}
	c.Get(fp)
	c.Call(main)
	c.Set(result)
	c.Get(times)
	c.Const64(runBatch - 1)
	c.Op(wasm.I64And, wasm.I64Eqz)
	c.If(wasm.None)
	c.Call(m.tick)
	c.End()
	c.Get(times)
	c.Const64(1)
	c.Op(wasm.I64Sub)
	c.Tee(times)
	c.Const64(0)
	c.Op(wasm.I64Ne)
	c.BrIf(0)
	c.End()
	c.Get(result)
	f := m.Declare(m.Type([]wasm.Type{wasm.I64, wasm.I64, wasm.I64}, wasm.I64))
	m.Define(f, c)
	m.Export(repeatName, f)
}
