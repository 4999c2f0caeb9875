package explain

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// register is how a format names the register that it is about, which is then what is told of.
var register = regexp.MustCompile(`R%d|arg#%d|args#%d|arg %d|register R0`)

// Of every refusal by the kernel more is told than its words; those by a loader say what is wrong themselves.
func TestEveryRefusalIsToldOf(t *testing.T) {
	told := 0
	for _, c := range diagnosis.Codes() {
		if c.ID > "BV1999" {
			break
		}
		for _, f := range c.Formats {
			f = regexp.MustCompile(`%\[\d+\]`).ReplaceAllString(f, "%")
			_, teller := tellers()[f]
			_, label := labels()[f]
			loaders := slices.ContainsFunc([]string{"prog '", "sec '", "BTF ", "BTF.ext ", "Error loading", "DATASEC"}, func(p string) bool { return strings.HasPrefix(f, p) })
			switch {
			case teller && label:
				t.Errorf("%s: %q has a teller and a label", c.ID, f)
			case !teller && !label && !loaders && c.ID != bugCode && !register.MatchString(f):
				t.Errorf("%s: %q is only repeated", c.ID, f)
			}
			told++
		}
	}
	if told < 400 {
		t.Errorf("%d formats", told)
	}
}

// What is told is of refusals that there are, and names no argument that they don't have.
func TestLabels(t *testing.T) {
	formats := map[string]bool{}
	for _, c := range diagnosis.Codes() {
		for _, f := range c.Formats {
			formats[regexp.MustCompile(`%\[\d+\]`).ReplaceAllString(f, "%")] = true
		}
	}
	argument := regexp.MustCompile(`\{(?:hex|types)?(\d)\}`)
	verb := regexp.MustCompile(`%[-+#0-9.]*[a-z]`)
	check := func(format string, texts ...string) {
		if !formats[format] {
			t.Errorf("nothing is refused with %q", format)
		}
		for _, text := range texts {
			for _, m := range argument.FindAllStringSubmatch(text, -1) {
				if n := int(m[1][0] - '0'); n >= len(verb.FindAllString(format, -1)) {
					t.Errorf("%q has no argument %d", format, n)
				}
			}
		}
	}
	for format, label := range labels() {
		check(format, label)
	}
	for format, tale := range tales() {
		check(format, tale.title, tale.label, tale.help, tale.none)
	}
	for _, g := range groups() {
		for _, format := range g.formats {
			check(format)
		}
	}
}

func TestUnused(t *testing.T) {
	for _, c := range []struct {
		in   insn.Insn
		want string
	}{
		{insn.Insn{Code: insn.ALU64 | insn.DIV | insn.X, Off: -1}, "off is -1"},
		{insn.Insn{Code: insn.ALU64 | insn.ADD | insn.K, Src: 3, Off: 1, Imm: 7}, "src_reg is 3 and off is 1"},
		{insn.Insn{Code: insn.ALU64 | insn.ADD | insn.X, Src: 3, Imm: 7}, "imm is 7"},
		{insn.Insn{Code: insn.ALU | insn.NEG, Imm: 2}, "imm is 2"},
		{insn.Insn{Code: insn.JMP | insn.EXIT, Dst: 1}, "dst_reg is 1"},
		{insn.Insn{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_KFUNC_CALL, Off: 1, Imm: 9}, ""},
		{insn.Insn{Code: insn.JMP | insn.CALL, Off: 1, Imm: 9}, "off is 1"},
		{insn.Insn{Code: insn.JMP | insn.JA, Off: 4, Imm: 1}, "imm is 1"},
		{insn.Insn{Code: insn.JMP | insn.JEQ | insn.X, Src: 2, Off: 4, Imm: 1}, "imm is 1"},
		{insn.Insn{Code: insn.LDX | insn.MEM, Dst: 1, Src: 2, Off: 8, Imm: 5}, "imm is 5"},
		{insn.Insn{Code: insn.ST | insn.MEM, Dst: 1, Src: 2, Off: 8, Imm: 5}, "src_reg is 2"},
		{insn.Insn{Code: insn.LD | insn.ABS, Off: 8, Imm: 5}, "off is 8"},
	} {
		if got := strings.Join(unused(&c.in), " and "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.in, got, c.want)
		}
	}
}

// refused is what is told of a refusal of a program of a few instructions, each of which has a line.
func refused(t *testing.T, at int, code []insn.Insn, said vlog.Said, line string) *diagnosis.Diagnosis {
	t.Helper()
	model, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	img := &object.Image{Insns: code, Debug: object.Debug{Funcs: []object.DebugFunc{{Name: "f"}}}}
	for i := range code {
		img.Debug.Lines = append(img.Debug.Lines, object.LineInfo{Insn: uint32(i), File: "a.c", Line: uint32(i + 1), Text: "text"})
	}
	return Explain(Input{Image: img, Model: model, Insn: at, Said: []vlog.Said{said}, Lines: []string{line}})
}

// Refusals without a path have a place and a cause.
func TestWithoutAPath(t *testing.T) {
	exit, set := insn.Insn{Code: insn.JMP | insn.EXIT}, insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K}
	for _, c := range []struct {
		at          int
		code        []insn.Insn
		said        vlog.Said
		line        string
		insn        int
		title, want string
	}{
		{1, []insn.Insn{set, {Code: insn.ALU64 | insn.DIV | insn.X, Off: -1}, exit}, vlog.Said{Format: "BPF_ALU uses reserved fields"}, "BPF_ALU uses reserved fields",
			1, "reserved field is not 0", "off is -1, which this instruction doesn't use"},
		{0, []insn.Insn{exit, set, set}, vlog.Said{Format: "last insn is not an exit or jmp"}, "last insn is not an exit or jmp",
			2, "`f` runs over its end", "behind this the function has no instruction"},
		{-1, []insn.Insn{set, exit}, vlog.Said{Format: "back-edge from insn %d to %d", Args: []any{1, 0}}, "back-edge from insn 1 to 0",
			1, "the program has a loop, and may have none here", "from here it goes back"},
		{1, []insn.Insn{set, exit}, vlog.Said{Format: "callback unexpected regs %x", Args: []any{1}}, "verifier bug: callback unexpected regs 1",
			1, "the verifier contradicts itself", "here Linux 6.18 comes to a state that it takes for impossible"},
		{-1, []insn.Insn{set, exit}, vlog.Said{Format: "Attaching tracing programs to function '%s' is rejected.", Args: []any{"__rcu_read_lock"}},
			"Attaching tracing programs to function '__rcu_read_lock' is rejected.",
			0, "function may not be attached to this way", "programs themselves run by way of `__rcu_read_lock`: tracing it would not end"},
		{-1, []insn.Insn{set, exit}, vlog.Said{Format: "invalid BPF_ALU opcode %x", Args: []any{0xf4}}, "invalid BPF_ALU opcode f4",
			0, "instruction is not valid", "no arithmetic instruction has the code 0xf4"},
	} {
		d := refused(t, c.at, c.code, c.said, c.line)
		if d.Primary == nil || d.Title != c.title || d.Primary.Label != c.want || d.Primary.Insn != c.insn || d.Primary.Line != c.insn+1 {
			t.Errorf("%s: %q, %+v", c.line, d.Title, d.Primary)
		}
	}
}
