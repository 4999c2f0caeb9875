package verifier_test

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf/rlimit"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/testing/progen"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// generator makes programs of random numbers, for a kernel that has their maps.
type generator struct {
	*runningKernel
	generate func(rng *rand.Rand) (question, error)
	accepted bool // programs are not refused for many reasons, if at all
}

// generators are ready to ask the running kernel; the test is skipped where it can't be asked.
func generators(t *testing.T) map[string]generator {
	k := askRunning(t, fuzzMaps())
	all := map[string]generator{
		"plain": {runningKernel: k, generate: func(rng *rand.Rand) (question, error) {
			p := progen.Generate(randomBytes(rng))
			return question{img: fuzzImage(p.Type, p.Insns, k.model)}, nil
		}},
		"arithmetic": {runningKernel: k, accepted: true, generate: func(rng *rand.Rand) (question, error) {
			return question{img: fuzzImage(abi.PROG_TYPE_SOCKET_FILTER, arithmetic(rng), k.model)}, nil
		}},
		"memory": memoryGenerator(t),
	}
	if _, f := k.model.Types().FindFunc("bpf_rbtree_add_impl"); f != nil {
		all["ownership"] = ownershipGenerator(t)
	}
	return all
}

func memoryGenerator(t *testing.T) generator {
	k := askRunning(t, memTable.maps)
	targets := slices.DeleteFunc(slices.Clone(memTargets), func(target memTarget) bool { return !k.judges(t, target.at) })
	return generator{runningKernel: k, generate: func(rng *rand.Rand) (question, error) {
		g := memGen{Rand: rng}
		target := targets[g.IntN(len(targets))]
		code := g.program(target.at, target.ctx, target.obj)
		return memTable.question(t, k.model, &testCase{at: target.at, code: code}), nil
	}}
}

func ownershipGenerator(t *testing.T) generator {
	k := askRunning(t, nil)
	raw, key, value, err := progen.OwnershipBTF()
	if err != nil {
		t.Fatal(err)
	}
	fd, errno := bpfsys.LoadBTF(raw)
	if errno != 0 {
		t.Fatalf("the kernel refuses the types of ownership programs: %v", errno)
	}
	t.Cleanup(func() { bpfsys.Close(fd) })
	k.btf = fd
	k.addMap(t, &object.Map{
		Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: progen.OwnershipValueSize, MaxEntries: 1, KeyTypeID: key, ValueTypeID: value,
	}, fd)
	kfunc := func(name string) int32 {
		id, _ := k.model.Types().FindFunc(name)
		return int32(id)
	}
	return generator{runningKernel: k, generate: func(rng *rand.Rand) (question, error) {
		p, err := progen.GenerateOwnership(randomBytes(rng), kfunc)
		if err != nil {
			return question{}, err
		}
		img, err := p.Image(k.model)
		return question{img: img}, err
	}}
}

func randomBytes(rng *rand.Rand) []byte {
	src := make([]byte, 64+rng.IntN(400))
	for i := range src {
		src[i] = byte(rng.Uint32())
	}
	return src
}

// TestAgainstRunningKernel sends generated programs to the running kernel too and reports any difference
// in verdict, message or instructions processed. It takes BPFVERDICT_DIFF, a duration for each generator,
// and is skipped without: it needs root, and a kernel that is known to be a model's. BPFVERDICT_SEED repeats a run. Programs
// of which the model walks more than BPFVERDICT_LONGEST instructions are left out: an emulated kernel takes minutes for some.
func TestAgainstRunningKernel(t *testing.T) {
	compareGenerated(t, (*runningKernel).difference)
}

// TestLogsAgainstRunningKernel is TestAgainstRunningKernel for all of the log: every state of every register.
func TestLogsAgainstRunningKernel(t *testing.T) {
	compareGenerated(t, (*runningKernel).logDifference)
}

func compareGenerated(t *testing.T, compare func(*runningKernel, question) string) {
	budget := exhaustive(t)
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BPFVERDICT_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BPFVERDICT_SEED=%d", seed)
	if err := rlimit.RemoveMemlock(); err != nil { // before 5.11 programs count as locked memory until they are really gone
		t.Fatal(err)
	}
	longest, err := strconv.Atoi(cmp.Or(os.Getenv("BPFVERDICT_LONGEST"), strconv.Itoa(math.MaxInt)))
	if err != nil {
		t.Fatal(err)
	}
	for name, gen := range generators(t) {
		t.Run(name, func(t *testing.T) {
			r := generatedRun{T: t, generator: gen, name: name, longest: longest, kinds: map[string]int{}, messages: map[string]int{}}
			r.compareFor(budget, rand.New(rand.NewPCG(seed, 0)), compare)
		})
	}
}

// generatedRun counts what the programs of one generator came to.
type generatedRun struct {
	*testing.T
	generator
	name    string
	longest int // instructions walked, of programs that are compared

	mu              sync.Mutex
	n, differ, long int
	kinds           map[string]int // of differences
	messages        map[string]int // of refusals; "" counts what was accepted
}

var numberRE = regexp.MustCompile(`\d+`)

// kindOf is what differences are counted by.
func kindOf(difference string) string { return numberRE.ReplaceAllString(difference, "N") }

// shortWalk is a context that ends a verification that asks it more often: once in 1,024 instructions.
type shortWalk struct {
	context.Context
	asks int
}

func (c *shortWalk) Err() error {
	if c.asks--; c.asks < 0 {
		return context.Canceled
	}
	return nil
}

func (r *generatedRun) try(seed uint64, compare func(*runningKernel, question) string) {
	q, err := r.generate(rand.New(rand.NewPCG(seed, 0)))
	var d, said string
	walk := shortWalk{context.Background(), r.longest / 1024}
	if err != nil {
		d = err.Error()
	} else {
		said = verifier.Verify(&walk, q.img, r.model, verifier.Options{}).Message
	}
	if walk.asks >= 0 && d == "" {
		d = compare(r.runningKernel, q)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if walk.asks < 0 {
		r.long++
		return
	}
	r.n++
	r.messages[kindOf(said)]++
	if d == "" {
		return
	}
	r.differ++
	kind := kindOf(d)
	if r.kinds[kind]++; r.kinds[kind] <= 3 && len(r.kinds) < 20 {
		r.Errorf("%s\nBPFVERDICT_PROGRAM=%s:%d", d, r.name, seed)
	}
}

func (r *generatedRun) compareFor(budget time.Duration, rng *rand.Rand, compare func(*runningKernel, question) string) {
	// Most of a load's time the kernel waits, so many go on at once.
	seeds := make(chan uint64)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for seed := range seeds {
				r.try(seed, compare)
			}
		})
	}
	for end := time.Now().Add(budget); time.Now().Before(end); {
		seeds <- rng.Uint64()
	}
	close(seeds)
	wg.Wait()
	r.Logf("%d programs, %d accepted, the others refused with %d messages; %d differ, of %d kinds; %d more are too long",
		r.n, r.messages[""], len(r.messages)-1, r.differ, len(r.kinds), r.long)
	if r.n > 100 && (r.messages[""] == 0 || !r.accepted && len(r.messages) < 5) {
		r.Error("all programs are refused, or for few reasons: the generator is broken")
	}
}

// TestOneAgainstRunningKernel shows both logs for each of BPFVERDICT_PROGRAM, generators and seeds as the tests of all
// print them, with commas between them. What makes no difference to the difference is taken out of the programs.
func TestOneAgainstRunningKernel(t *testing.T) {
	programs := os.Getenv("BPFVERDICT_PROGRAM")
	if programs == "" {
		t.Skip("set BPFVERDICT_PROGRAM=GENERATOR:SEED as TestAgainstRunningKernel printed it")
	}
	gens := generators(t)
	for program := range strings.SplitSeq(programs, ",") {
		t.Run(program, func(t *testing.T) {
			name, text, _ := strings.Cut(program, ":")
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			gen, ok := gens[name]
			if !ok {
				t.Fatalf("no generator %q", name)
			}
			gen.showOne(t, seed)
		})
	}
}

func (gen generator) showOne(t *testing.T, seed uint64) {
	q, err := gen.generate(rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if whole := kindOf(gen.difference(q)); whole != "" {
		img := *q.img
		q.img = &img
		img.Insns = progen.Reduce(img.Insns, func(p []insn.Insn) bool {
			shorter := img
			shorter.Insns = p
			return kindOf(gen.difference(question{&shorter, q.btf})) == whole
		})
	}
	log, _ := gen.load(q, withStates)
	out := verifier.Verify(t.Context(), q.img, gen.model, verifier.Options{LogLevel: 2})
	t.Logf("--- kernel\n%s\n--- model\n%s", log, out.Log)
	for _, d := range []string{gen.difference(q), gen.logDifference(q)} {
		if d != "" {
			t.Error(d)
		}
	}
}
