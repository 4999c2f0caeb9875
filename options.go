package bpfverdict

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// An Option changes how a check works. Set, SetAllBools, ChangeMap, SetType, SetTarget, SetTargetProgram and SetFlags
// change the objects first, as a loader would, in the order given; no other option but TestStates changes the verdict or the counts of a
// program that is judged.
type Option func(*options)

type options struct {
	logLevel int
	explain  bool
	hot      int

	sourceRoots []string
	pathMaps    [][2]string

	keep    []func(object, program string) bool // all must be true
	jobs    int
	timeout time.Duration
	often   bool // states are remembered
	memory  int64
	observe func(Event)
	judge   judge
	causes  bool

	cache         string // folder, empty for none
	shard, shards int    // 0 for all
	shardErr      error

	loader    *object.Loader
	loaderErr error

	arch    string
	archErr error

	presets    []*preset
	presetErrs []error
}

// Loaders are the names of the loaders that Loader takes.
func Loaders() []string { return object.Loaders() }

// Loader reads objects by the rules of a loader: auto, the default, which is libbpf and says what others do where
// that refuses, libbpf, or one of the others of Loaders; docs/LOADERS.md has what each does its own way. It
// is for opening, and for CheckAll, which opens: an object stays what it was opened as.
func Loader(name string) Option {
	return func(o *options) {
		if o.loader = object.LoaderNamed(name); o.loader == nil {
			o.loaderErr = fmt.Errorf("no loader %q: there are %s", name, strings.Join(Loaders(), ", "))
		}
	}
}

// LogLevel asks for the kernel's log text: 0, the default, for the messages of a rejection, 1 for the failing
// path, 2 for everything.
func LogLevel(n int) Option { return func(o *options) { o.logLevel = n } }

// Explain asks for the diagnosis of each program that is refused; it is walked again for that.
func Explain() Option { return func(o *options) { o.explain = true } }

// Hot asks where the walk of each program went: the n lines, loops and places of remembered states with most. Explain
// tells it, of a few, of programs that come to a limit.
func Hot(n int) Option { return func(o *options) { o.hot = n } }

// Only judges only the programs of these names.
func Only(programs ...string) Option {
	return Filter(func(_, program string) bool { return slices.Contains(programs, program) })
}

// Filter judges only the programs for which keep is true; object is the object's name without folders. Of
// several filters all must be true.
func Filter(keep func(object, program string) bool) Option {
	return func(o *options) { o.keep = append(o.keep, keep) }
}

// Jobs verifies at most n programs at a time; below 1, the default, means one per CPU.
func Jobs(n int) Option { return func(o *options) { o.jobs = n } }

// TestStates loads programs with BPF_F_TEST_STATE_FREQ: the verifier remembers states as often as it can, which changes what a
// program costs and must not change its verdict.
func TestStates() Option { return func(o *options) { o.often = true } }

// Timeout gives up on a program after d; it is then unsupported. 0, the default, means never.
func Timeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// DefaultMemory is the memory, in bytes, that Memory changes.
const DefaultMemory = 4 << 30

// Memory bounds the bytes that the verifier's states take, of all programs together that a check judges at a
// time. A program that needs more, even alone, is unsupported. The process may need some more: up to twice as
// much before the garbage collector runs, see debug.SetMemoryLimit. Below 1, the default, means DefaultMemory.
func Memory(bytes int64) Option { return func(o *options) { o.memory = bytes } }

// Observe calls f before and after each program. Calls may come from several goroutines at once.
func Observe(f func(Event)) Option { return func(o *options) { o.observe = f } }

// An Event tells of one program's start or end.
type Event struct {
	Object, Program string
	Result          *report.Program // nil at the start
}

func newOptions(opts []Option) *options {
	o := &options{judge: verifier.Verify, loader: object.LoaderNamed("auto"), arch: autoArch}
	for _, set := range opts {
		set(o)
	}
	if o.jobs < 1 {
		o.jobs = runtime.NumCPU()
	}
	if o.memory < 1 {
		o.memory = DefaultMemory
	}
	return o
}
