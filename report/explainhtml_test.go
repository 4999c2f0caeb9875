package report

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/diagnosis"
)

// explained is a refusal with a path through two files.
func explained() *Result {
	r := sample()
	r.List[1].Diagnosis = &diagnosis.Diagnosis{
		Code: "BV0301", Title: "`e` <is> not released", Kernel: []string{"Unreleased reference id=2"}, Notes: []string{"<b>"},
		Secondary: []diagnosis.Place{
			{File: "inc/a.h", Line: 2, Column: 2, Width: 3, Text: "\tget();", Insn: 1, Asm: "(85) call 1", Function: "take", Label: "taken here"},
			{File: "src/a.c", Line: 9, Column: 5, Width: 1, Text: "if (x < 1)", Insn: 3, Asm: "(b7) r0 = 0", Function: "bad", Label: "where this is true"},
		},
		Primary:  &diagnosis.Place{File: "src/a.c", Line: 21, Column: 1, Width: 6, Text: "return 0;", Insn: 4, Asm: "(95) exit", Function: "bad", Label: "lost here"},
		Help:     []diagnosis.Help{{Text: "release it", Edit: &diagnosis.Edit{File: "src/a.c", Line: 21, New: "put(e);"}}},
		PassesOn: []string{"Linux 7.1"},
	}
	return r
}

func TestExplainHTML(t *testing.T) {
	var b strings.Builder
	header := []string{"#pragma once", "\tget();", "<script>"}
	err := ExplainHTML(&b, explained(), func(object, file string) []string {
		if object != "dir/a.bpf.o" {
			t.Errorf("the source of %q is asked for", object)
		}
		if file == "inc/a.h" {
			return header
		}
		return []string{"another version of it"}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<h2>error[BV0301]: `e` &lt;is&gt; not released</h2>",
		`<li><a href="#p1-1">a.h:2</a> taken here</li>` + "\n" + `<li><a href="#p1-2">a.c:9</a> where this is true</li>` + "\n" + `<li><a href="#p1-3">a.c:21</a> lost here</li>`,
		`<tr id="p1-f1-3"><td class="n"><a href="#p1-f1-3">3</a></td><td>&lt;script&gt;</td></tr>`, // around the place
		`<td>    <mark>get</mark>();</td>`,
		`<tr id="p1-f2-9"><td class="n"><a href="#p1-f2-9">9</a></td><td>if (<mark>x</mark> &lt; 1)</td></tr>`,
		`<tr id="p1-f2-21" class="here"><td class="n"><a href="#p1-f2-21">21</a></td><td><mark>return</mark> 0;</td></tr>`,
		`<a href="#p1-1">previous</a> <a href="#p1-3">next</a>`,
		"<ins>+put(e);</ins>", "<dd>accepted on Linux 7.1</dd>",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
	for _, bad := range []string{"<is>", "<script", "src=", "http", "another version"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	for _, link := range strings.Split(b.String(), `href="#`)[1:] {
		id, _, _ := strings.Cut(link, `"`)
		if strings.Count(b.String(), `id="`+id+`"`) != 1 {
			t.Errorf("a link leads to %q, which is there %d times", id, strings.Count(b.String(), `id="`+id+`"`))
		}
	}
}
