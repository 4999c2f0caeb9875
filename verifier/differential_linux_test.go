package verifier_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/progen"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/object"
	"github.com/bpfverdict/bpfverdict/verifier"
)

// kernelMaps creates the maps of generated programs in the running kernel.
func kernelMaps(t testing.TB) []int {
	var fds []int
	for _, m := range fuzzMaps() {
		fd, errno := bpfsys.CreateMap(uint32(m.Type), m.KeySize, m.ValueSize, m.MaxEntries, m.Flags, 0, 0, 0)
		if errno != 0 {
			t.Skipf("this machine's kernel can't be asked: bpf(BPF_MAP_CREATE): %v", errno)
		}
		fds = append(fds, fd)
	}
	return fds
}

// encode gives the instructions as the kernel takes them, with map indexes replaced by descriptors.
func encode(insns []insn.Insn, maps []int) []byte {
	raw := make([]byte, 0, 8*len(insns))
	for _, in := range insns {
		if in.IsLdImm64() && (in.Src == insn.PSEUDO_MAP_FD || in.Src == insn.PSEUDO_MAP_VALUE) {
			if in.Imm < 0 {
				in.Imm = ^in.Imm // a descriptor
			} else {
				in.Imm = int32(maps[in.Imm])
			}
		}
		raw = append(raw, in.Code, in.Src<<4|in.Dst)
		raw = binary.LittleEndian.AppendUint16(raw, uint16(in.Off))
		raw = binary.LittleEndian.AppendUint32(raw, uint32(in.Imm))
	}
	return raw
}

var statsRE = regexp.MustCompile(`(?m)^(verification time|stack depth|processed) .*\n?`)
var numbers = regexp.MustCompile(`\d+`)
var processedRE = regexp.MustCompile(`processed (\d+) insns`)

// lastMessage is the last line of a kernel log before its statistics.
func lastMessage(log string) string {
	lines := strings.Split(strings.TrimRight(statsRE.ReplaceAllString(log, ""), "\n"), "\n")
	return strings.TrimRight(lines[len(lines)-1], " ")
}

// question is one program for both sides.
type question struct {
	img *object.Image
	raw bpfsys.Prog
}

// difference compares our answer with the running kernel's; "" when they agree.
func difference(m *kernel.Model, q question) string {
	log, errno := bpfsys.Load(q.raw)
	out := verifier.Verify(context.Background(), q.img, m, verifier.Options{})
	if errno == syscall.ENOSPC {
		return "" // the log did not fit, so the answer is about the log
	}
	if out.Verdict == verifier.Unsupported {
		return "unsupported: " + out.Message
	}
	if (out.Verdict == verifier.Success) != (errno == 0) {
		return fmt.Sprintf("kernel: errno %d %q, model: errno %d %q", errno, lastMessage(log), out.Errno, out.Message)
	}
	if errno != 0 {
		if want := lastMessage(log); want != out.Message {
			return fmt.Sprintf("kernel says %q, model %q", want, out.Message)
		}
		return ""
	}
	if s := processedRE.FindStringSubmatch(log); s != nil {
		if n, _ := strconv.Atoi(s[1]); n != out.Processed {
			return fmt.Sprintf("kernel processed %d, model %d", n, out.Processed)
		}
	}
	return ""
}

// generator makes a question of bytes.
type generator func(src []byte) (question, error)

// generators are ready to ask the running kernel; the test is skipped where it can't be asked.
func generators(t *testing.T, m *kernel.Model) map[string]generator {
	plainMaps := kernelMaps(t)
	raw, key, value, err := progen.OwnershipBTF()
	if err != nil {
		t.Fatal(err)
	}
	btfFD, errno := bpfsys.LoadBTF(raw)
	if errno != 0 {
		t.Fatalf("the kernel refuses the types of ownership programs: %v", errno)
	}
	valueMap, errno := bpfsys.CreateMap(uint32(kernel.MAP_TYPE_ARRAY), 4, progen.OwnershipValueSize, 1, 0, uint32(btfFD), key, value)
	if errno != 0 {
		t.Fatalf("the kernel refuses the map of ownership programs: %v", errno)
	}
	kfunc := func(name string) int32 {
		id, _ := m.Types.FindFunc(name)
		return int32(id)
	}
	return map[string]generator{
		"plain": func(src []byte) (question, error) {
			p := progen.Generate(src)
			return question{
				fuzzImage(p.Type, p.Insns, m),
				bpfsys.Prog{Type: uint32(p.Type), Raw: encode(p.Insns, plainMaps)},
			}, nil
		},
		"ownership": func(src []byte) (question, error) {
			code, err := progen.GenerateOwnership(src, kfunc)
			if err != nil {
				return question{}, err
			}
			img, err := code.Image(m)
			if err != nil {
				return question{}, err
			}
			var funcs []byte
			for _, f := range code.Funcs {
				funcs = binary.LittleEndian.AppendUint32(funcs, f.Insn)
				funcs = binary.LittleEndian.AppendUint32(funcs, f.TypeID)
			}
			return question{img, bpfsys.Prog{
				Type: uint32(code.Type), Sleepable: code.Sleepable, Raw: encode(code.Insns, []int{valueMap}),
				BTFFD: uint32(btfFD), FuncInfo: funcs,
			}}, nil
		},
	}
}

// TestAgainstRunningKernel sends generated programs to the running kernel too and
// reports any difference in verdict, message or instructions processed. It takes
// BPFVERDICT_DIFF, a duration, and is skipped without: it needs root, and the kernel of the model.
func TestAgainstRunningKernel(t *testing.T) {
	budget, err := time.ParseDuration(os.Getenv("BPFVERDICT_DIFF"))
	if err != nil {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BPFVERDICT_SEED"); s != "" {
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BPFVERDICT_SEED=%d", seed)
	for name, gen := range generators(t, m) {
		t.Run(name, func(t *testing.T) { compareFor(t, m, gen, rand.New(rand.NewPCG(seed, 0)), budget) })
	}
}

func compareFor(t *testing.T, m *kernel.Model, gen generator, rng *rand.Rand, budget time.Duration) {
	var mu sync.Mutex
	counts := map[string]int{}
	messages := map[string]int{} // of refusals; "" counts what was accepted
	n, differ := 0, 0
	try := func(src []byte) {
		q, err := gen(src)
		var d string
		if err != nil {
			d = err.Error()
		} else {
			d = difference(m, q)
		}
		said := ""
		if err == nil {
			said = verifier.Verify(context.Background(), q.img, m, verifier.Options{}).Message
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		messages[numbers.ReplaceAllString(said, "N")]++
		if d == "" {
			return
		}
		differ++
		kind := numbers.ReplaceAllString(d, "N")
		if counts[kind]++; counts[kind] == 1 && len(counts) < 20 {
			t.Errorf("%s\n%x", d, src)
		}
	}
	// Most of a load's time the kernel waits, so many go on at once.
	work := make(chan []byte)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for src := range work {
				try(src)
			}
		})
	}
	for end := time.Now().Add(budget); time.Now().Before(end); {
		src := make([]byte, 64+rng.IntN(400))
		for i := range src {
			src[i] = byte(rng.Uint32())
		}
		work <- src
	}
	close(work)
	wg.Wait()
	t.Logf("%d programs, %d accepted, the others refused with %d messages; %d differ, of %d kinds",
		n, messages[""], len(messages)-1, differ, len(counts))
	if n > 100 && (messages[""] == 0 || len(messages) < 5) {
		t.Error("all programs are refused, or for few reasons: the generator is broken")
	}
}

// TestOneAgainstRunningKernel shows both logs for BPFVERDICT_PROGRAM, "generator:" and the hex
// bytes of a difference found.
func TestOneAgainstRunningKernel(t *testing.T) {
	name, text, ok := strings.Cut(os.Getenv("BPFVERDICT_PROGRAM"), ":")
	if !ok {
		t.Skip("set BPFVERDICT_PROGRAM=plain:BYTES or ownership:BYTES as TestAgainstRunningKernel printed them")
	}
	src, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	gen := generators(t, m)[name]
	if gen == nil {
		t.Fatalf("no generator %q", name)
	}
	q, err := gen(src)
	if err != nil {
		t.Fatal(err)
	}
	d := difference(m, q)
	q.raw.LogLevel = 2
	log, _ := bpfsys.Load(q.raw)
	out := verifier.Verify(context.Background(), q.img, m, verifier.Options{LogLevel: 2})
	t.Logf("--- kernel\n%s\n--- model\n%s", log, out.Log)
	if d != "" {
		t.Error(d)
	}
}
