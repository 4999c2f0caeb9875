package bpfverdict_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"syscall"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

func load(name string) *kernel.Model {
	k, err := kernel.Load(name)
	if err != nil {
		log.Fatal(err)
	}
	return k
}

// An object is opened once and held against several kernels.
func Example() {
	obj, err := bpfverdict.Open("examples/ownership/rbtree_search.bpf.o")
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"6.18", "6.18+kptr-xchg-locked"} {
		res, err := obj.Check(context.Background(), load(name), bpfverdict.Only("search"))
		if err != nil {
			log.Fatal(err)
		}
		for p := range res.Programs() {
			fmt.Printf("%s on %s: %v\n", p.Name, p.Kernel, p.Err())
		}
	}
	// Output:
	// search on 6.18: function calls are not allowed while holding a lock (EINVAL)
	// search on 6.18+kptr-xchg-locked: <nil>
}

func ExampleOpen() {
	_, err := bpfverdict.Open("go.mod")
	var le *bpfverdict.LoadError
	if errors.As(err, &le) {
		fmt.Println("not a BPF object:", le.Reason)
	}
	_, err = bpfverdict.Open("nowhere.o")
	fmt.Println("missing:", errors.Is(err, fs.ErrNotExist))
	// Output:
	// not a BPF object: elf: 'go.mod' is not a proper ELF object; it is text: give the object that clang --target=bpf makes
	// missing: true
}

func ExampleOpenReader() {
	f, err := os.Open("examples/lookup.bpf.o")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	obj, err := bpfverdict.OpenReader("lookup", f)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(obj.Name())
	// Output: lookup
}

// What bpf2go generates has the object as bytes.
func ExampleOpenBytes() {
	_CounterBytes, err := os.ReadFile("examples/lookup.bpf.o")
	if err != nil {
		log.Fatal(err)
	}
	obj, err := bpfverdict.OpenBytes("counter", _CounterBytes)
	if err != nil {
		log.Fatal(err)
	}
	res, err := obj.Check(context.Background(), load("6.18"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Summary(res))
	// Output: Linux 6.18: 1 program: 1 accepted
}

func ExampleOpenFS() {
	obj, err := bpfverdict.OpenFS(os.DirFS("examples"), "lookup.bpf.o")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(obj.Name())
	// Output: lookup.bpf.o
}

// A refused program's error has the kernel's message, its error number, the source line and the log.
func ExampleObject_Check() {
	obj, err := bpfverdict.Open("examples/refused/lookup_unchecked.bpf.o")
	if err != nil {
		log.Fatal(err)
	}
	res, err := obj.Check(context.Background(), load("6.18"), bpfverdict.Timeout(time.Minute), bpfverdict.Memory(1<<30))
	if err != nil {
		log.Fatal(err)
	}
	for p := range res.Programs() {
		var rej *bpfverdict.Rejection
		switch err := p.Err(); {
		case err == nil:
			fmt.Println(p.Name, "loads; instructions walked:", p.Processed)
		case errors.Is(err, bpfverdict.ErrUnsupported):
			fmt.Println(p.Name, "can't be judged:", err)
		case errors.As(err, &rej):
			fmt.Println(p.Name, "is refused:", rej)
			fmt.Println("at:", rej.Source.Line, rej.Source.Text)
			fmt.Println("as not permitted:", errors.Is(err, syscall.EACCES))
		}
	}
	// Output:
	// count is refused: R0 invalid mem access 'map_value_or_null' (EACCES)
	// at: 20 *n += 1;
	// as not permitted: true
}

func ExampleCheckAll() {
	res, err := bpfverdict.CheckAll(context.Background(), load("6.18"), []string{"examples", "nowhere.o"}, bpfverdict.Jobs(1))
	var ie *bpfverdict.InputError
	if errors.As(err, &ie) {
		fmt.Println("can't be used:", ie.Path)
	}
	fmt.Println(report.Summary(res))
	// Output:
	// can't be used: nowhere.o
	// Linux 6.18: 5 programs: 5 accepted; 4 folders below not searched; incomplete: not all that was given was judged
}

func ExampleObserve() {
	obj, err := bpfverdict.Open("examples/lookup.bpf.o")
	if err != nil {
		log.Fatal(err)
	}
	_, err = obj.Check(context.Background(), load("6.18"), bpfverdict.Observe(func(e bpfverdict.Event) {
		if e.Result == nil {
			fmt.Println(e.Program, "begins")
		} else {
			fmt.Println(e.Program, "is done:", e.Result.Verdict)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// count begins
	// count is done: success
}
