package kernel_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/bpfverdict/bpfverdict/kernel"
)

func load(name string) *kernel.Model {
	k, err := kernel.Load(name)
	if err != nil {
		log.Fatal(err)
	}
	return k
}

func ExampleLoad() {
	k, err := kernel.Load("6.18+kptr-xchg-locked")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(k, k.Has("kptr-xchg-under-lock"))

	_, err = kernel.Load("2.6")
	fmt.Println(errors.Is(err, kernel.ErrUnknownModel))
	// Output:
	// 6.18+kptr-xchg-locked true
	// true
}

func ExampleModel_With() {
	c := load("6.18").Config()
	c.Lockdown, c.CPUs = "none", 64
	k, err := load("6.18").With(kernel.WithConfig(c), kernel.Enable("sleepable-messages"), kernel.Disable("private-stack"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(k.Config().CPUs, k.Has("sleepable-messages"), k.Has("private-stack"))

	_, err = load("6.18").With(kernel.Enable("private-stak"))
	var unknown *kernel.UnknownFeatureError
	fmt.Println(errors.As(err, &unknown), err)
	// Output:
	// 64 true false
	// true unknown feature "private-stak"; did you mean private-stack?
}

func ExampleFeatures() {
	for _, f := range kernel.Features() {
		if f.Since == "6.19" {
			fmt.Printf("%s: %s\n", f.Name, f.Effect)
		}
	}
	fmt.Println(strings.Join(kernel.FeatureGroups()["kptr-xchg-locked"], " "))
	// Output:
	// rcu-nesting: bpf_rcu_read_lock may nest; without it a second one is refused
	// file-alloc-hook-disabled: LSM programs may not attach to file_alloc_security, whose file is not set up yet
	// same-register-branches: a jump that compares a register with itself is decided, and its bounds stay as they are
	// tail-call-returns: a tail call in a function is walked as the return from it, too, and precision is backtracked through it
	// indirect-jumps: gotox, a jump to the target in a register, through a jump table (BPF_MAP_TYPE_INSN_ARRAY)
	// ringbuf-overwrite: the ring buffer flag BPF_F_RB_OVERWRITE
	// path-errors-kept: a program with more than 8192 branches pending gets E2BIG; before, EFAULT or ENOMEM, by the instruction
	// kptr-xchg-under-lock kptr-xchg-non-owning kptr-xchg-non-owning-rcu
}

// A BPF object has BTF too, but not a kernel's.
func ExampleWithBTF() {
	f, err := os.Open("../examples/lookup.bpf.o") // on Linux: /sys/kernel/btf/vmlinux
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	_, err = load("6.18").With(kernel.WithBTF(f))
	fmt.Println(err)
	// Output: a BPF object has the types of its programs, not a kernel's
}

func ExampleWithModule() {
	_, err := load("6.18").With(kernel.WithModule(strings.NewReader(""), "example")) // on Linux: /sys/kernel/btf/MODULE
	fmt.Println(err)
	// Output: the file has no BTF
}

// A kernel function can be judged before any kernel has it.
func ExampleWithKfuncs() {
	_, err := load("6.18").With(kernel.WithKfuncs([]byte(`
kfuncs:
  - name: example_count
    flags: [KF_SPINLOCK_SAFE]
    prototype: u64 example_count(u64 start)
`)))
	fmt.Println(err)

	_, err = load("6.18").With(kernel.WithKfuncs([]byte("kfuncs:\n  - name: example_count\n    flags: [KF_MAGIC]\n")))
	var oe *kernel.OverlayError
	if errors.As(err, &oe) {
		fmt.Println(oe.Line, oe.Text)
	}
	// Output:
	// <nil>
	// 3 unknown flag "KF_MAGIC"
}
