package verifier_test

import (
	"context"
	"encoding/binary"
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
			in.Imm = int32(maps[in.Imm])
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

// difference compares our answer with the running kernel's; "" when they agree.
func difference(m *kernel.Model, p progen.Program, maps []int) string {
	log, errno := bpfsys.Load(bpfsys.Prog{Type: uint32(p.Type), Raw: encode(p.Insns, maps)})
	out := verifier.Verify(context.Background(), fuzzImage(p.Type, p.Insns, m), m, verifier.Options{})
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
	maps := kernelMaps(t)
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BPFVERDICT_SEED"); s != "" {
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BPFVERDICT_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var mu sync.Mutex
	counts := map[string]int{}
	n, differ := 0, 0
	try := func(src []byte) {
		p := progen.Generate(src)
		d := difference(m, p, maps)
		mu.Lock()
		defer mu.Unlock()
		n++
		if d == "" {
			return
		}
		differ++
		kind := numbers.ReplaceAllString(d, "N")
		if counts[kind]++; counts[kind] == 1 && len(counts) < 20 {
			t.Errorf("%d instructions, type %d: %s\n%x", len(p.Insns), p.Type, d, src)
		}
	}
	// Most of a load's time the kernel waits, so many go on at once.
	work := make(chan []byte)
	var wg sync.WaitGroup
	for range 24 {
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
	t.Logf("%d programs, %d differ, %d kinds", n, differ, len(counts))
}

// TestOneAgainstRunningKernel shows both logs for BPFVERDICT_PROGRAM, the hex bytes of a difference found.
func TestOneAgainstRunningKernel(t *testing.T) {
	text := os.Getenv("BPFVERDICT_PROGRAM")
	if text == "" {
		t.Skip("set BPFVERDICT_PROGRAM to the bytes that TestAgainstRunningKernel printed")
	}
	var src []byte
	if _, err := fmt.Sscanf(text, "%x", &src); err != nil {
		t.Fatal(err)
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	p := progen.Generate(src)
	maps := kernelMaps(t)
	log, _ := bpfsys.Load(bpfsys.Prog{Type: uint32(p.Type), Raw: encode(p.Insns, maps), LogLevel: 2})
	out := verifier.Verify(context.Background(), fuzzImage(p.Type, p.Insns, m), m, verifier.Options{LogLevel: 2})
	t.Logf("--- kernel\n%s\n--- model\n%s", log, out.Log)
	if d := difference(m, p, maps); d != "" {
		t.Error(d)
	}
}
