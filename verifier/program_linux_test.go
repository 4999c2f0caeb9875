package verifier_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/verifier"
)

var (
	kernelAddress = regexp.MustCompile(`(\(18\) r\d+ = )0x[0-9a-f]+( *;)?`)
	mapName       = regexp.MustCompile(`map=[^,]+,`)
	duration      = regexp.MustCompile(`verification time \d+ usec`)
)

// plainLog takes out of a log what is another one every time, addresses and times, and
// the names of maps, which have none in the kernel.
func plainLog(log string) string {
	log = kernelAddress.ReplaceAllString(log, "${1}ADDRESS;")
	log = strings.ReplaceAll(log, "ADDRESS;\n", "ADDRESS\n")
	log = mapName.ReplaceAllString(log, "")
	return duration.ReplaceAllString(log, "verification time")
}

// logDifference compares the whole log at level 2, and says where it differs first.
func logDifference(m *kernel.Model, q question) string {
	const longest = 5000 // instructions walked; the logs of more don't fit
	if verifier.Verify(context.Background(), q.img, m, verifier.Options{}).Processed > longest {
		return ""
	}
	q.raw.LogLevel = 2 | 4 // with statistics
	log, errno := bpfsys.Load(q.raw)
	if errno == syscall.ENOSPC {
		return ""
	}
	out := verifier.Verify(context.Background(), q.img, m, verifier.Options{LogLevel: 2})
	theirs, ours := strings.Split(plainLog(log), "\n"), strings.Split(plainLog(out.Log), "\n")
	for i := range max(len(theirs), len(ours)) {
		a, b := "(no more lines)", "(no more lines)"
		if i < len(theirs) {
			a = theirs[i]
		}
		if i < len(ours) {
			b = ours[i]
		}
		if a != b {
			before := ""
			if i > 0 {
				before = theirs[i-1]
			}
			return fmt.Sprintf("line %d, after %q\nkernel %q\nmodel  %q", i+1, before, a, b)
		}
	}
	return ""
}

// TestProgramsAgainstRunningKernel holds the cases' messages and logs against the running
// kernel, where it is the model's and can be asked.
func TestProgramsAgainstRunningKernel(t *testing.T) {
	release, ok := bpfsys.Release()
	if !ok || !strings.HasPrefix(release, "6.18.") {
		t.Skip("needs root on Linux 6.18")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	fds := kernelMaps(t)
	for i := range programCases {
		c := &programCases[i]
		t.Run(c.name, func(t *testing.T) {
			img := c.image(t, m)
			q := question{img, bpfsys.Prog{
				Type: uint32(img.Type), Sleepable: c.sleepable, License: c.license, Raw: encode(img.Insns, fds),
			}}
			log, errno := bpfsys.Load(q.raw)
			if got := lastMessage(log); int(errno) != int(c.errno) || errno != 0 && got != c.want {
				t.Errorf("the kernel says errno %d %q, the case errno %d %q", errno, got, c.errno, c.want)
			}
			if want := "stack depth " + c.depth + "\n"; errno == 0 {
				q.raw.LogLevel = 4
				if log, _ := bpfsys.Load(q.raw); !strings.Contains(log, want) {
					t.Errorf("the kernel's log lacks %q:\n%s", want, log)
				}
			}
			if d := logDifference(m, q); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestLogsAgainstRunningKernel compares the logs of generated programs. It takes
// BPFVERDICT_DIFF, a duration, as TestAgainstRunningKernel does.
func TestLogsAgainstRunningKernel(t *testing.T) {
	budget, err := time.ParseDuration(os.Getenv("BPFVERDICT_DIFF"))
	if err != nil {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for name, gen := range generators(t, m) {
		t.Run(name, func(t *testing.T) {
			n, differ := 0, map[string]int{}
			for end := time.Now().Add(budget); time.Now().Before(end); n++ {
				src := make([]byte, 64+rng.IntN(400))
				for i := range src {
					src[i] = byte(rng.Uint32())
				}
				q, err := gen(src)
				if err != nil {
					t.Fatal(err)
				}
				if d := logDifference(m, q); d != "" {
					kind := numbers.ReplaceAllString(d, "N")
					if differ[kind]++; differ[kind] == 1 && len(differ) < 10 {
						t.Errorf("%s\n%s:%s", d, name, hex.EncodeToString(src))
					}
				}
			}
			t.Logf("%d logs, %d kinds of differences", n, len(differ))
		})
	}
}
