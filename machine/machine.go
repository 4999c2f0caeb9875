package machine

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

// Machine runs programs: it has memory, maps, CPUs and a world around it. What programs leave in maps is there
// for those that run later. A Machine must not be used from several goroutines at once.
type Machine struct {
	k       *kmodel.Model
	mem     *memory
	cpus    []*CPU
	world   World
	rng     *rand.Rand
	clock   uint64          // nanoseconds of CLOCK_MONOTONIC
	sockets map[int]*socket // of the world, by index
	// connections are those that programs have put into the table of connections.
	connections []*connection
	cookies     uint64         // given out
	tasks       []kernelTask   // of the world, once a program looks
	cgroups     []kernelCgroup // likewise
	files       map[string]*block

	maps    map[*object.Map]*Map
	inOrder []*Map
	code    []*Program // by codeBase
	codes   int        // instructions of all programs

	vars   map[variable]*block
	layout map[string]any // of contexts and sockets, by struct
	later  []pending      // to be freed when nobody can use it any more
	printk []string       // lines of the run at hand

	inner    CPU // that runs what programs don't see (native.go)
	compiles bool
	host     sync.Mutex  // held by who does for compiled code what it can't do
	parallel bool        // CPUs run on goroutines of their own: memory stays where it is, and nothing is compiled
	lost     bool        // a compiled run ended with an error: what it owned is nobody's
	engine   *jit.Engine // nil until a program is compiled

	owned map[*block]bool  // objects that somebody owns
	kptrs map[spot]stashed // what is in kptrs that are not NULL
	locks map[spot]*lock

	injections []*injected
	deferred   map[spot]*deferred // timers and what else runs later
	turns      uint64             // how often something was armed
}

// Options are what a machine is made of; the zero value will do.
type Options struct {
	World World
	// Fast compiles programs. They run as fast as in the kernel, about, and unchecked. Those that can't be compiled are
	// interpreted and checked, but for when what was borrowed from lists and trees expires.
	Fast bool
	// Inject makes helpers and kernel functions fail.
	Inject []Injection
}

// New returns a machine whose kernel is k.
func New(k *kernel.Model, opts Options) (*Machine, error) {
	if k == nil {
		return nil, fmt.Errorf("no kernel to run on: kernel.Load returns one")
	}
	m := &Machine{
		k: (*kmodel.Model)(k), mem: newMemory(), compiles: opts.Fast,
		maps: map[*object.Map]*Map{}, vars: map[variable]*block{}, layout: map[string]any{}, sockets: map[int]*socket{},
		owned: map[*block]bool{}, kptrs: map[spot]stashed{}, locks: map[spot]*lock{}, deferred: map[spot]*deferred{},
	}
	var err error
	if m.world, err = opts.World.withDefaults(); err != nil {
		return nil, err
	}
	if err := m.addInjections(opts.Inject); err != nil {
		return nil, err
	}
	m.rng = rand.New(rand.NewPCG(m.world.Seed, 0))
	m.clock = m.world.Monotonic
	for i := range m.world.CPUs {
		stack, err := m.mem.newStack(fmt.Sprintf("stack of CPU %d", i))
		if err != nil {
			return nil, err
		}
		m.cpus = append(m.cpus, &CPU{m: m, mem: m.mem, id: i, stack: stack})
	}
	return m, nil
}

// Addresses of instructions look like those of a kernel's modules. No object's address does.
const (
	codeBase = 0xffffffffa0000000
	codeStep = 8
)

// codeAddr is the address of an instruction of the program.
func (p *Program) codeAddr(i int) uint64 { return codeBase + uint64(p.base+i)*codeStep }

// codeAt finds the instruction at an address.
func (m *Machine) codeAt(addr uint64) (*Program, int, error) {
	n := int((addr - codeBase) / codeStep)
	if addr >= codeBase && (addr-codeBase)%codeStep == 0 && n < m.codes {
		i, _ := slices.BinarySearchFunc(m.code, n, func(p *Program, n int) int { return cmp.Compare(p.base+len(p.ops), n+1) })
		p := m.code[i]
		return p, n - p.base, nil
	}
	return nil, 0, &Fault{Kind: BadCode, Addr: addr, Reason: fmt.Sprintf("there is no function at %#x", addr)}
}

// variable is a kernel variable that programs take the address of.
type variable struct {
	set *types.Set
	id  uint32
}

// variable returns the address of a typed kernel variable: zeros, as much as its type takes.
func (m *Machine) variable(img *object.Image, set int, id uint32) (uint64, error) {
	if set < 0 || set >= len(img.Types) {
		return 0, fmt.Errorf("a variable of type set %d", set)
	}
	key := variable{img.Types[set], id}
	if o := m.vars[key]; o != nil {
		return o.addr, nil
	}
	name, size := variableType(key.set.ByID(id))
	o, err := m.mem.alloc(size, "kernel variable "+name, place{})
	if err != nil {
		return 0, err
	}
	m.vars[key] = o
	return o.addr, nil
}
