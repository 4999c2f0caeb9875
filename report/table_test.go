package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Programs that fail for one reason stand together, below the others, and the reason once.
func TestTableGroupsEqualErrors(t *testing.T) {
	lost := func(object, name, why string) Program {
		return Program{Object: object, Name: name, Kernel: "6.18", Verdict: Error, Errno: 2, Message: why, Note: "--module-btf"}
	}
	r := &Result{Kernel: "6.18", Complete: true, List: []Program{
		lost("a.o", "p1", "no such kfunc"), lost("a.o", "p2", "no such kfunc"), lost("a.o", "other", "no such type"),
		{Object: "b.o", Name: "fine", Kernel: "6.18", Verdict: Success, Processed: 5}, lost("b.o", "p3", "no such kfunc"),
	}}
	var b strings.Builder
	if err := Table(&b, r, TableOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `  Program  Verdict  Insns  States  Peak states  Duration (us)
  -------  -------  -----  ------  -----------  -------------
a.o
  other    error        -       -            -              -
    no such type
    note: --module-btf
b.o
  fine     success      5       0            0              0

3 programs, error on Linux 6.18:
    no such kfunc
    note: --module-btf
  a.o: p1 p2
  b.o: p3

Linux 6.18: 5 programs: 1 accepted, 4 in error
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestTableColumns(t *testing.T) {
	r := sample()
	r.List = r.List[:2]
	r.List[0].Object = "dir/" + strings.Repeat("long", 20) + ".o"
	stats, err := ParseStats("file,prog,verdict,prog_size,code")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		opts TableOptions
		want string
	}{
		{"chosen, cut to the width", TableOptions{Stats: stats, Width: 50}, `File          Program  Verdict  Program size  Code
------------  -------  -------  ------------  ----
a.bpf.o       bad      failure            20
`},
		{"sorted by something else than files", TableOptions{Quiet: true, Sorted: true}, `File     Program  Verdict  Insns  States  Peak states  Duration (us)
-------  -------  -------  -----  ------  -----------  -------------
a.bpf.o  bad      failure      7       0            0              9
`},
	} {
		var b strings.Builder
		if err := Table(&b, r, c.opts); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for line := range strings.Lines(c.want) {
			if !strings.Contains(text, line) {
				t.Errorf("%s lacks the line\n%s\nin\n%s", c.name, line, text)
			}
		}
		if c.opts.Width > 0 && !strings.Contains(text, "longlonglon…  good") {
			t.Errorf("%s: a long name is not cut:\n%s", c.name, text)
		}
	}
	if _, err := ParseStats("prog,colour"); err == nil || !strings.Contains(err.Error(), `no stat "colour"; there are file_name`) {
		t.Error(err)
	}
}

// What CSV prints is read back; so is what veristat prints.
func TestReadCSV(t *testing.T) {
	var b strings.Builder
	if err := CSV(&b, sample()); err != nil {
		t.Fatal(err)
	}
	r, err := ReadCSV(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if d := Compare(r, sample()); d.Same != 1 || len(d.Changes) != 3 || d.Changes[0].Kind != ChangedMessage {
		t.Errorf("only messages are lost: %+v", d)
	}
	const veristat = "file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,prog_type,jited_size\na.o,p,failure,3,7,1,1,xdp,0\n"
	if r, err = ReadCSV(strings.NewReader(veristat)); err != nil || len(r.List) != 1 || r.List[0].Processed != 7 || r.List[0].Verdict != Failure {
		t.Errorf("%+v, %v", r, err)
	}
	for text, want := range map[string]string{
		"":    "EOF",
		"x,y": "it doesn't begin with the columns file_name, prog_name and verdict",
		"file_name,prog_name,verdict,duration\na,b,success,x\n":     `line 2: duration: "x" is no number`,
		"file_name,prog_name,verdict\na,b,fine\n":                   `line 2: unknown verdict "fine"`,
		"file_name,prog_name,verdict,total_insns\na,b,success,-1\n": "line 2: processed is negative: -1",
	} {
		if _, err := ReadCSV(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestHTML(t *testing.T) {
	r := sample()
	r.List[1].Object, r.List[1].Message, r.List[1].Expected = "<b>&.o", `R1 <script>"`, true
	var b strings.Builder
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"<title>bpfverdict: Linux 6.18</title>", "<h2>&lt;b&gt;&amp;.o</h2>", "<code>R1 &lt;script&gt;&#34;</code>",
		`<td class="failure">failure, as expected</td>`, `<td class="success">success</td><td class="cell">12</td>`, "</html>\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s:\n%s", want, text)
		}
	}
	for _, tag := range []string{"table", "tbody", "tr", "td", "details", "pre", "body"} {
		if opened, closed := strings.Count(text, "<"+tag+">")+strings.Count(text, "<"+tag+" "), strings.Count(text, "</"+tag+">"); opened != closed {
			t.Errorf("%d times <%s>, %d times </%s>", opened, tag, closed, tag)
		}
	}
}
