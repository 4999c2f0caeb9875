package verifier_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/testing/running"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// runningKernel is the kernel the tests run on and what it has been given for a set of programs.
type runningKernel struct {
	model *kmodel.Model
	maps  []int // descriptors, by the index of the map in an image
	btf   int   // descriptor of the BTF of all programs; 0 if each has its own
}

// askRunning prepares the running kernel for programs that use maps; the test is skipped where it isn't
// a model's or can't be asked.
func askRunning(t *testing.T, maps []*object.Map) *runningKernel {
	t.Helper()
	m, err := running.Model()
	if err != nil {
		t.Skip(err)
	}
	k := &runningKernel{model: m}
	for _, m := range maps {
		k.addMap(t, m, 0)
	}
	return k
}

func (k *runningKernel) addMap(t *testing.T, m *object.Map, btf int) {
	t.Helper()
	if _, known := k.model.MapRule(m.Type); !known {
		k.maps = append(k.maps, -1) // no program may use it
		return
	}
	fd, errno := bpfsys.CreateMap(m.Name, uint32(m.Type), m.KeySize, m.ValueSize, m.MaxEntries, m.Flags, uint32(btf), m.KeyTypeID, m.ValueTypeID)
	if errno != 0 {
		t.Fatalf("bpf(BPF_MAP_CREATE): %v", errno)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	k.maps = append(k.maps, fd)
}

const (
	withStates = 2 // levels of a log
	withStats  = 4
)

// exhaustive is the time BPFVERDICT_DIFF gives to tests that ask for long; they are skipped without.
func exhaustive(t *testing.T) time.Duration {
	t.Helper()
	budget, err := time.ParseDuration(os.Getenv("BPFVERDICT_DIFF"))
	if err != nil {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel at length")
	}
	return budget
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

// load returns the kernel's log at a level, bits as in BPF_PROG_LOAD, and its errno, 0 if accepted.
func (k *runningKernel) load(q question, level uint32) (string, syscall.Errno) {
	p := bpfsys.Prog{
		Type: uint32(q.img.Type), Attach: uint32(q.img.Attach), AttachBTFID: q.img.AttachBTFID, Sleepable: q.img.Sleepable,
		License: q.img.License, Raw: encode(q.img.Insns, k.maps), BTFFD: uint32(k.btf), LogLevel: level,
	}
	if q.btf != nil {
		fd, errno := bpfsys.LoadBTF(q.btf)
		if errno != 0 {
			return "bpf(BPF_BTF_LOAD)", errno
		}
		defer syscall.Close(fd)
		p.BTFFD = uint32(fd)
	}
	for _, f := range q.img.Funcs {
		p.FuncInfo = binary.LittleEndian.AppendUint32(p.FuncInfo, f.Insn)
		p.FuncInfo = binary.LittleEndian.AppendUint32(p.FuncInfo, f.TypeID)
	}
	return bpfsys.Load(p)
}

// judges reports whether the kernel verifies programs of a kind at all: some builds refuse what attaches
// through trampolines, or to iterators over maps, whatever the program does.
func (k *runningKernel) judges(t *testing.T, at string) bool {
	if at == "" {
		return true
	}
	_, errno := k.load(programTable.question(t, k.model, &testCase{at: at, code: "r0 = 0\nexit"}), withStats)
	return errno != syscall.EPERM
}

var (
	processedRE = regexp.MustCompile(`processed (\d+) insns`)
	addressRE   = regexp.MustCompile(`(\(18\) r\d+ = )0x[0-9a-f]+( *;)?`)
	mapNameRE   = regexp.MustCompile(`map=[^,]+,`)
	durationRE  = regexp.MustCompile(`verification time \d+ usec`)
)

// costRE matches the end of a log with statistics.
var costRE = regexp.MustCompile(`(?m)^processed (\d+) insns .* total_states (\d+) peak_states (\d+) `)

// costOf is what a log with statistics says that the walk has cost, as in testCase.
func costOf(log string) string {
	if m := costRE.FindStringSubmatch(log); m != nil {
		return strings.Join(m[1:], "/")
	}
	return ""
}

// plainLog takes out of a log what is another one every time, addresses and times, and
// the names of maps, which have none in the kernel.
func plainLog(log string) string {
	log = addressRE.ReplaceAllString(log, "${1}ADDRESS;")
	log = strings.ReplaceAll(log, "ADDRESS;\n", "ADDRESS\n")
	log = mapNameRE.ReplaceAllString(log, "")
	return durationRE.ReplaceAllString(log, "verification time")
}

// difference compares verdict, message and instructions processed; "" when they agree. Of
// programs whose log does not fit, which the kernel refuses for that, the message is not known.
func (k *runningKernel) difference(q question) string {
	log, errno := k.load(q, 1)
	fits := errno != syscall.ENOSPC
	if !fits {
		log, errno = k.load(q, withStats)
	}
	out := verifier.Verify(context.Background(), q.img, k.model, verifier.Options{})
	if out.Verdict == verifier.Unsupported {
		return "unsupported: " + out.Message
	}
	message := ""
	if errno != 0 {
		message = kernellog.LastMessage(log)
	}
	if (out.Verdict == verifier.Success) != (errno == 0) || errno != 0 && fits && message != out.Message {
		return fmt.Sprintf("kernel: errno %d %q, model: errno %d %q", errno, message, out.Errno, out.Message)
	}
	if s := processedRE.FindStringSubmatch(log); s != nil && errno == 0 {
		if n, _ := strconv.Atoi(s[1]); n != out.Processed {
			return fmt.Sprintf("kernel processed %d, model %d", n, out.Processed)
		}
	}
	return ""
}

// logDifference compares errno and the whole log with states and statistics, and says where it differs
// first. Programs whose log does not fit are compared as difference does.
func (k *runningKernel) logDifference(q question) string {
	const longest = 5000 // instructions walked; the logs of more don't fit
	if verifier.Verify(context.Background(), q.img, k.model, verifier.Options{}).Processed > longest {
		return k.difference(q)
	}
	log, errno := k.load(q, withStates|withStats)
	if errno == syscall.ENOSPC {
		return k.difference(q)
	}
	out := verifier.Verify(context.Background(), q.img, k.model, verifier.Options{LogLevel: 2})
	if out.Verdict == verifier.Unsupported {
		return "unsupported: " + out.Message
	}
	theirs, ours := strings.Split(plainLog(log), "\n"), strings.Split(plainLog(out.Log), "\n")
	for i := range max(len(theirs), len(ours)) {
		if a, b := lineOf(theirs, i), lineOf(ours, i); a != b {
			return fmt.Sprintf("line %d, after %q\nkernel %q\nmodel  %q", i+1, lineOf(theirs, i-1), a, b)
		}
	}
	if syscall.Errno(out.Errno) != errno {
		return fmt.Sprintf("kernel: errno %d, model: %d, after the same log", errno, out.Errno)
	}
	return ""
}

func lineOf(lines []string, i int) string {
	if i < 0 || i >= len(lines) {
		return "(no line)"
	}
	return lines[i]
}

// survey asks both about many programs and counts. Most of a load's time the kernel waits, so many go on at once.
type survey struct {
	*testing.T
	*runningKernel
	compare       func(question) string
	asking        chan struct{} // as many as go on
	mu            sync.Mutex
	tried, differ int
}

func newSurvey(t *testing.T, maps []*object.Map) *survey {
	const atOnce = 16
	s := &survey{T: t, runningKernel: askRunning(t, maps), asking: make(chan struct{}, atOnce)}
	s.compare = s.difference
	if base, _, _ := strings.Cut(s.model.Name(), "+"); base == kmodel.Default() {
		s.compare = s.logDifference
	}
	t.Cleanup(func() {
		s.wait()
		t.Logf("%d programs tried, %d differ", s.tried, s.differ)
	})
	return s
}

// wait ends when all questions are answered.
func (s *survey) wait() {
	for range cap(s.asking) {
		s.asking <- struct{}{}
	}
	for range cap(s.asking) {
		<-s.asking
	}
}

// ask compares whole logs, or where those are not modelled verdict, message and cost, and reports the first differences under a
// name.
func (s *survey) ask(q question, name string, args ...any) {
	s.asking <- struct{}{}
	go func() {
		defer func() { <-s.asking }()
		d := s.compare(q)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tried++
		if d == "" {
			return
		}
		if s.differ++; s.differ <= 30 {
			s.Errorf("%s: %s", fmt.Sprintf(name, args...), d)
		}
	}()
}

// TestCasesOnRunningKernel asks the running kernel about every case of the tables, and compares all logs.
func TestCasesOnRunningKernel(t *testing.T) {
	for name, tb := range map[string]*table{
		"arithmetic": &aluTable, "calls": &callTable, "memory": &memTable, "programs": &programTable,
		"paths":     &pathsTable,
		"precision": &precisionTable, "pruning": &pruneTable, "loops": &loopTable, "hostile": &hostileTable,
	} {
		t.Run(name, func(t *testing.T) {
			for i := range tb.cases {
				c := &tb.cases[i]
				t.Run(c.name, func(t *testing.T) {
					k := askRunning(t, tb.maps) // anew: a program array takes programs of one type
					q := tb.question(t, k.model, c)
					if !k.judges(t, c.at) {
						t.Skip("this build refuses such programs before it verifies them")
					}
					level := uint32(withStates)
					if c.long {
						level = withStats
					}
					log, errno := k.load(q, level)
					r := reply{errno == 0, abi.Errno(errno), "", log, costOf(log)}
					if !r.accepted {
						r.message = kernellog.LastMessage(log)
					}
					c.check(t, k.model, r)
					if c.depth != "" {
						if log, _ := k.load(q, withStats); !strings.Contains(log, "stack depth "+c.depth+"\n") {
							t.Errorf("the stack depths are not %s:\n%s", c.depth, log)
						}
					}
					if c.long {
						return
					}
					if d := k.logDifference(q); d != "" {
						t.Error(d)
					}
				})
			}
		})
	}
}
