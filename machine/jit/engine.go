package jit

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// ErrNoCompiler: there is no compiler for this operating system and processor.
var ErrNoCompiler = errors.New("programs can't be compiled on this platform")

// Memory is the linear memory that programs run on. It is the host's, who may make it longer, and move it, but only
// while a program waits for the host.
type Memory interface {
	// Bytes is the whole memory; its length is a multiple of PageSize.
	Bytes() []byte
}

// PageSize is the unit of a memory's length, in bytes. MaxMemory is the most it may have.
const (
	PageSize  = wasm.PageSize
	MaxMemory = 1 << 32
)

// features are what translated programs need: the second for atomic instructions.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads

// Engine compiles and runs programs that share a memory. Programs of different CPUs may run on a goroutine each, while
// the memory stays where it is; all else must not be done from several goroutines at once.
type Engine struct {
	memory  Memory
	runtime wazero.Runtime
	loaded  int
}

// New returns an engine for programs on the memory. The error is ErrNoCompiler where there can be none.
func New(memory Memory) (e *Engine, err error) {
	defer func() {
		if cause := recover(); cause != nil { // wazero's way to say it
			e, err = nil, fmt.Errorf("%w: %v", ErrNoCompiler, cause)
		}
	}()
	return &Engine{
		memory:  memory,
		runtime: wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features)),
	}, nil
}

// Close frees what the engine holds. Its programs must not be run any more.
func (e *Engine) Close() error { return e.runtime.Close(context.Background()) }

// hostMemory is the host's memory as wazero asks for it. Each module has it as its own, which is faster than to
// import it.
type hostMemory struct{ Memory }

func (m hostMemory) Allocate(uint64, uint64) experimental.LinearMemory { return m }
func (m hostMemory) Reallocate(uint64) []byte                          { return m.Bytes() }
func (hostMemory) Free()                                               {}

// follow makes compiled code see the memory as it is now.
func (l *Loaded) follow() {
	mem := l.module.Memory()
	if now := uint32(len(l.engine.memory.Bytes())); now != mem.Size() {
		mem.Grow((now - mem.Size()) / PageSize)
	}
}

// Host does for one program what compiled code can't. An error ends the run, which returns it.
type Host interface {
	// Helper calls the helper or kernel function that the instruction names. r are r1 to r5, fp is the caller's
	// frame pointer.
	Helper(insn int, r *[5]uint64, fp uint64) (uint64, error)
	// Load and Store do a Hosted access. A loaded value is zero-extended.
	Load(insn int, addr uint64) (uint64, error)
	Store(insn int, addr, value uint64) error
	// Packet does a load LD|ABS or LD|IND, whose register has the value src; ok is false if the packet ends before.
	Packet(insn int, src uint64) (value uint32, ok bool, err error)
	// TailCall runs another program in the place of a function, whose frame pointer is fp, and returns what that
	// returned; ok is false if there is none, and the function goes on. r are r1 to r3.
	TailCall(insn int, r [3]uint64, fp uint64) (r0 uint64, ok bool, err error)
	// Tick is called now and then.
	Tick() error
	// Reached says what is wrong: a run came to an instruction that is Dead.
	Reached(insn int) error
}

// Loaded is a program that can be run.
type Loaded struct {
	engine *Engine
	host   Host
	module api.Module
	repeat api.Function
	// idle are functions that can be called, by name: each serves one call at a time, and calls may nest.
	idle map[string][]api.Function
	err  error // of the host, that ends the run
	// tailResult is what the last tail call returned.
	tailResult uint64
}

// Load compiles a program.
func (e *Engine) Load(p *Program, host Host) (*Loaded, error) {
	return e.load(p, host, flow.Write)
}

func (e *Engine) load(p *Program, host Host, write func(*flow.Graph, flow.Writer)) (*Loaded, error) {
	ctx := context.Background()
	name := fmt.Sprint("host", e.loaded)
	e.loaded++
	bytes, err := assemble(p, name, uint32(len(e.memory.Bytes())/PageSize), write)
	if err != nil {
		return nil, err
	}
	l := &Loaded{engine: e, host: host, idle: map[string][]api.Function{}}
	if err := l.provide(ctx, name); err != nil {
		return nil, err
	}
	ctx = experimental.WithMemoryAllocator(ctx, hostMemory{e.memory})
	l.module, err = e.runtime.InstantiateWithConfig(ctx, bytes, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	l.repeat = l.module.ExportedFunction(repeatName)
	return l, nil
}
