package verifier_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// testCase is a program in assembly and what Linux 6.18 says of it. "$STRUCT.MEMBER" in code
// and want stands for the member's offset in bytes.
type testCase struct {
	name, code string

	typ       abi.ProgType // the table's if 0
	attach    abi.AttachType
	at        string // KIND or KIND:NAME, a kind of programKinds, instead of typ and attach
	sleepable bool
	license   string   // GPL if empty
	funcs     []string // the functions after the first, see describeFuncs

	long  bool      // walks too far to be logged
	want  string    // message, "" if accepted
	errno abi.Errno // not compared if 0
	depth string    // stack depths, not compared if empty
	cost  string    // "instructions processed/states in all/states at most", not compared if empty
	state string    // found somewhere in the log at level 2
	says  []string  // what lines of that log begin with, in this order
	safe  string    // where paths ended in a state that covers them, "none" if none did; not compared if empty
	back  string    // every step of walks back for precision, as wayBack gives them; not compared if empty
	last  string    // all that log says of the last instruction with states, not compared if empty
}

// table is a set of cases of one subject.
type table struct {
	cases []testCase
	typ   abi.ProgType // of cases that name none; socket filter if 0
	maps  []*object.Map
	words *strings.Replacer // abbreviations in code, nil without
	// whole says that cases are whole programs. Others get an end, "r0 = 0; exit", unless they have one.
	whole bool
}

// question is a program for the model, and for the running kernel the raw BTF its image was read from.
type question struct {
	img *object.Image
	btf []byte
}

var programKinds = map[string]struct {
	typ    abi.ProgType
	attach abi.AttachType
}{
	"fentry": {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY},
	"fexit":  {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT},
	"tp_btf": {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_RAW_TP},
	"iter":   {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_ITER},
	"lsm":    {abi.PROG_TYPE_LSM, abi.ATTACH_LSM_MAC},

	"freplace": {typ: abi.PROG_TYPE_EXT},

	"xdp":        {typ: abi.PROG_TYPE_XDP},
	"cgroup_skb": {typ: abi.PROG_TYPE_CGROUP_SKB},
	"struct_ops": {typ: abi.PROG_TYPE_STRUCT_OPS},
}

func loadModel(t testing.TB) *kmodel.Model {
	t.Helper()
	m, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var memberRE = regexp.MustCompile(`\$(\w+)\.(\w+)`)

// withOffsets puts offsets in the place of "$STRUCT.MEMBER".
func withOffsets(t testing.TB, m *kmodel.Model, text string) string {
	return memberRE.ReplaceAllStringFunc(text, func(path string) string {
		name, member, _ := strings.Cut(path[1:], ".")
		_, s := m.Types().FindStruct(name)
		off, _, ok := types.FindMember(s, member)
		if !ok {
			t.Fatalf("no %s", path)
		}
		return fmt.Sprint(off)
	})
}

func (tb *table) assemble(t testing.TB, m *kmodel.Model, code string) []insn.Insn {
	t.Helper()
	if tb.words != nil {
		code = tb.words.Replace(code)
	}
	if code = strings.TrimSpace(withOffsets(t, m, code)); !tb.whole && !strings.HasSuffix(code, "exit") {
		code += "\nr0 = 0\nexit"
	}
	insns, err := asm.Parse(code, asm.Names{Helper: func(name string) (int32, bool) {
		id := m.HelperID(name)
		return id, id != 0
	}, Kfunc: func(name string) (int32, bool) {
		id, f := m.Types().FindFunc(name)
		return int32(id), f != nil
	}})
	if err != nil {
		t.Fatalf("%v\n%s", err, code)
	}
	return insns
}

// question builds a case's program.
func (tb *table) question(t testing.TB, m *kmodel.Model, c *testCase) question {
	t.Helper()
	q := question{img: &object.Image{
		Object: "case.o", Name: c.name, Type: c.typ, Attach: c.attach, Sleepable: c.sleepable, License: c.license,
		Insns: tb.assemble(t, m, c.code), Maps: tb.maps, Types: []*types.Set{m.Types(), nil},
	}}
	if c.typ == 0 {
		q.img.Type = max(tb.typ, abi.PROG_TYPE_SOCKET_FILTER)
	}
	if c.license == "" {
		q.img.License = "GPL"
	}
	if c.at != "" {
		q.setTarget(t, m, c.at)
	}
	if len(c.funcs) > 0 {
		q.setFuncs(t, c.funcs)
	}
	return q
}

func (q *question) setTarget(t testing.TB, m *kmodel.Model, at string) {
	kind, name, _ := strings.Cut(at, ":")
	a, ok := programKinds[kind]
	if !ok {
		t.Fatalf("no kind of program %q", kind)
	}
	q.img.Type, q.img.Attach, q.img.AttachName = a.typ, a.attach, name
	if name == "" {
		return
	}
	if kind == "struct_ops" {
		q.setMember(t, m, name)
		return
	}
	if kind != "tp_btf" {
		q.img.AttachBTFID, _ = m.Types().FindFunc(name)
		return
	}
	typedefs := m.Types().Named("btf_trace_" + name)
	if len(typedefs) == 0 {
		t.Fatalf("no tracepoint %s", name)
	}
	q.img.AttachBTFID = m.Types().ID(typedefs[0])
}

// setMember makes the program one that implements a member of a kernel struct, "STRUCT.MEMBER".
func (q *question) setMember(t testing.TB, m *kmodel.Model, path string) {
	name, member, _ := strings.Cut(path, ".")
	id, s := m.Types().FindStruct(name)
	if id == 0 {
		t.Skipf("this kernel has no %s", name)
	}
	q.img.AttachBTFID, q.img.AttachName = id, member
	q.img.AttachMember = slices.IndexFunc(s.Members, func(mem btf.Member) bool { return mem.Name == member })
	q.img.Attach = abi.AttachType(q.img.AttachMember) // which is where the kernel is told
}

func (q *question) setFuncs(t testing.TB, funcs []string) {
	raw, ids := describeFuncs(t, funcs)
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	q.btf, q.img.BTF = raw, types.Of(spec)
	q.img.Types[1] = q.img.BTF
	for i, start := range starts(q.img.Insns) {
		q.img.Funcs = append(q.img.Funcs, object.FuncInfo{Insn: start, TypeID: ids[i]})
	}
}

// starts are the first instructions of the program's functions.
func starts(insns []insn.Insn) []uint32 {
	is := map[int]bool{0: true}
	for i := range insns {
		if insns[i].IsPseudoCall() || insns[i].IsPseudoFunc() {
			is[i+1+int(insns[i].Imm)] = true
		}
	}
	var out []uint32
	for i := range insns {
		if is[i] {
			out = append(out, uint32(i))
		}
	}
	return out
}

var stateRE = regexp.MustCompile(`(?m)^\d+: \([0-9a-f]{2}\) .*?; (.*)$`)

// reply is what the model or a kernel says of a case, with a log at level 2 unless the case is long.
type reply struct {
	accepted           bool
	errno              abi.Errno
	message, log, cost string
}

// check holds a reply against the case.
func (c *testCase) check(t *testing.T, m *kmodel.Model, r reply) {
	t.Helper()
	log := r.log
	if want := withOffsets(t, m, c.want); r.accepted != (want == "") || r.message != want {
		t.Errorf("message %q, want %q\n%s", r.message, want, log)
	}
	if r.accepted != (r.errno == 0) || c.errno != 0 && r.errno != c.errno {
		t.Errorf("accepted %v with errno %d, want errno %d", r.accepted, r.errno, c.errno)
	}
	if !strings.Contains(log, c.state) {
		t.Errorf("no %q in the log\n%s", c.state, log)
	}
	if line := missing(log, c.says); line != "" {
		t.Errorf("no line %q where it is expected in the log\n%s", line, log)
	}
	if got := wayBack(log); c.back != "" && got != c.back {
		t.Errorf("way back %q, want %q\n%s", got, c.back, log)
	}
	if got := pathEnds(log); c.safe != "" && got != c.safe {
		t.Errorf("paths end at %s, want %s\n%s", got, c.safe, log)
	}
	if c.cost != "" && r.cost != c.cost {
		t.Errorf("cost %s, want %s\n%s", r.cost, c.cost, log)
	}
	if c.last == "" {
		return
	}
	all := stateRE.FindAllStringSubmatch(log, -1)
	if len(all) == 0 || all[len(all)-1][1] != c.last {
		t.Errorf("states %q, want %q last\n%s", all, c.last, log)
	}
}

// run holds the model against every case, and its answers without a log against those with one.
func (tb *table) run(t *testing.T) { tb.runOn(t, loadModel(t)) }

// runOn is run for another model than 6.18.
func (tb *table) runOn(t *testing.T, m *kmodel.Model) {
	for i := range tb.cases {
		c := &tb.cases[i]
		t.Run(c.name, func(t *testing.T) {
			img := tb.question(t, m, c).img
			level := 2
			if c.long {
				level = 0
			}
			out := verifier.Verify(t.Context(), img, m, verifier.Options{LogLevel: level})
			r := reply{out.Verdict == verifier.Success, out.Errno, out.Message, out.Log,
				fmt.Sprintf("%d/%d/%d", out.Processed, out.TotalStates, out.PeakStates)}
			if r.accepted {
				r.message = ""
			}
			c.check(t, m, r)
			if c.depth != "" && out.StackDepth != c.depth {
				t.Errorf("stack depth %s, want %s", out.StackDepth, c.depth)
			}
			if c.long {
				return
			}
			for level := range 2 {
				other := verifier.Verify(t.Context(), img, m, verifier.Options{LogLevel: level})
				if other.Verdict != out.Verdict || other.Message != out.Message || other.Processed != out.Processed {
					t.Errorf("at log level %d: %v %q after %d; at level 2: %v %q after %d", level,
						other.Verdict, other.Message, other.Processed, out.Verdict, out.Message, out.Processed)
				}
			}
		})
	}
}
