package project

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bpfverdict/bpfverdict/report"
)

// full uses everything that the file may say.
const full = `
kernels: ["6.12", 6.18]
objects:
  - paths: build/*.bpf.o
    loader: cilium
    set: {debug: true, "cfg.ports[0]": 80, mode: MODE_FAST}
    set-all-bools: true
    map: {events: "max_entries=1024,value_size=4"}
    type: {"classifier/*": sched_cls}
    attach: {on_open: do_unlinkat}
    flags: {on_open: sleepable}
    skip: ["debug_*"]
    optional: ["a.bpf.o/*_old"]
    one-of: [[v1, v2]]
    expect:
      bad: failure
      worse: {verdict: failure, message: "R1 invalid"}
  - paths: [x.o, sub/...]
    kernels: ["7.1"]
`

func TestParse(t *testing.T) {
	p, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := &Project{Kernels: []string{"6.12", "6.18"}, Objects: []Group{
		{
			Paths: Strings{"build/*.bpf.o"}, Loader: "cilium", SetAllBools: true,
			Set:  Pairs{{"debug", "1"}, {"cfg.ports[0]", "80"}, {"mode", "MODE_FAST"}},
			Map:  Pairs{{"events", "max_entries=1024,value_size=4"}},
			Type: Pairs{{"classifier/*", "sched_cls"}}, Attach: Pairs{{"on_open", "do_unlinkat"}}, Flags: Pairs{{"on_open", "sleepable"}},
			Skip: []string{"debug_*"}, Optional: []string{"a.bpf.o/*_old"}, OneOf: [][]string{{"v1", "v2"}},
			Expect: map[string]Expectation{"bad": {Verdict: report.Failure}, "worse": {report.Failure, "R1 invalid"}},
		},
		{Paths: Strings{"x.o", "sub/..."}, Kernels: []string{"7.1"}},
	}}
	if d := cmp.Diff(want, p); d != "" {
		t.Error(d)
	}
	if got := p.On(&p.Objects[0], "x"); got[0] != "6.12" {
		t.Errorf("the first group is for %v", got)
	}
	if got := p.On(&p.Objects[1], "x"); len(got) != 1 || got[0] != "7.1" {
		t.Errorf("the second group is for %v", got)
	}
	if opts, err := p.Options(&p.Objects[0]); len(opts) != 10 || err != nil {
		t.Errorf("%d options, %v, want 10: loader, three sets, all bools, map, type, target, flags, skipping", len(opts), err)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "it names no objects",
		"objects: []":               "it names no objects",
		"objects:\n  - set: {a: 1}": "objects[0]: no paths",
		"objects:\n  - paths: x\n    colour: red":        `unknown field "colour"`,
		"objects:\n  - paths: x\n    expect: {p: maybe}": `no verdict "maybe": use success`,
		"objects:\n  - paths: x\n    one-of: [[a]]":      "at least two",
		"objects:\n  - paths: x\n    skip: [\"[\"]":      `"[" is no glob`,
		"objects:\n  - paths: x\n    set: {a: [1]}":      "a: the value has to be",
		"objects:\n  - paths: x\n    loader: bpftrace":   `no loader "bpftrace": use one of auto`,
		"objects: [": "",
		"objects:\n  - paths: x\nkernels:\n  - 6.18\n  :": "",
	} {
		p, err := Parse([]byte(text))
		var bad *SyntaxError
		if !errors.As(err, &bad) {
			t.Errorf("%q: %+v, %v", text, p, err)
			continue
		}
		if !strings.Contains(bad.Text, want) || strings.Contains(bad.Error(), "\n") || bad.Line < 1 {
			t.Errorf("%q: %v, want %q in one line", text, err, want)
		}
	}
	_, err := Parse([]byte("objects:\n  - paths: x\n    colour: red"))
	var bad *SyntaxError
	if errors.As(err, &bad); bad.Line != 3 {
		t.Errorf("line %d, want 3: %v", bad.Line, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add("objects: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Parse([]byte(text)); err != nil {
			var bad *SyntaxError
			if !errors.As(err, &bad) {
				t.Errorf("%T", err)
			}
		} else {
			_, _ = p.Options(&p.Objects[0]) // an object that is a target may not be there
		}
	})
}

func TestSchemaAgrees(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "project.schema.json")
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		data, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(v)
	}
	draft := Draft([]string{"a.bpf.o", "b c.bpf.o"}, []string{"6.10"}, []string{"a.bpf.o/bad"})
	for _, text := range []string{strings.Replace(full, ", 6.18]", `, "6.18"]`, 1), draft} {
		if err := valid(text); err != nil {
			t.Error(err)
		}
		if _, err := Parse([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{"objects: []", "objects: [{paths: x, colour: red}]", "objects: [{paths: x, expect: {p: maybe}}]"} {
		if valid(text) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
	if p, _ := Parse([]byte(draft)); p.Kernels[0] != "6.10" {
		t.Errorf("a drafted version is read back as %q", p.Kernels[0])
	}

	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ        reflect.Type
		properties map[string]any
	}{{reflect.TypeFor[Project](), s.Properties}, {reflect.TypeFor[Group](), s.Defs["group"].Properties}} {
		var fields []string
		for i := range c.typ.NumField() {
			if tag := c.typ.Field(i).Tag.Get("yaml"); tag != "-" {
				fields = append(fields, tag)
			}
		}
		slices.Sort(fields)
		if d := cmp.Diff(fields, slices.Sorted(maps.Keys(c.properties))); d != "" {
			t.Errorf("%v: fields and the schema's properties differ:\n%s", c.typ, d)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(below, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(below); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found one where there is none: %v", err)
	}
	want := filepath.Join(dir, Name)
	if err := os.WriteFile(want, []byte(full), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := Find(below)
	if err != nil || got != want {
		t.Fatalf("%q, %v; want %q", got, err, want)
	}
	p, err := Load(got)
	if err != nil {
		t.Fatal(err)
	}
	if files := p.Files(&p.Objects[1]); files[0] != filepath.ToSlash(filepath.Join(dir, "x.o")) || !strings.HasSuffix(files[1], "/sub/...") {
		t.Errorf("paths from the file's folder: %v", files)
	}
}

func TestJudge(t *testing.T) {
	program := func(name string, v report.Verdict, message string) report.Program {
		return report.Program{Object: "d/a.o", Name: name, Kernel: "6.18", Verdict: v, Message: message}
	}
	for _, c := range []struct {
		name     string
		group    Group
		programs []report.Program
		expected string // names of programs that are marked
		wrong    []string
	}{
		{"nothing said", Group{}, []report.Program{program("p", report.Failure, "no")}, "", nil},
		{"refused as expected", Group{Expect: map[string]Expectation{"p": {Verdict: report.Failure}}}, []report.Program{program("p", report.Failure, "no")}, "p", nil},
		{"with another message", Group{Expect: map[string]Expectation{"p": {report.Failure, "leak"}}}, []report.Program{program("p", report.Failure, "no")}, "",
			[]string{`p on Linux 6.18 says "no", "leak" is expected`}},
		{"accepted after all", Group{Expect: map[string]Expectation{"a.o/p": {Verdict: report.Failure}}}, []report.Program{program("p", report.Success, "")}, "",
			[]string{"p is accepted on Linux 6.18, failure is expected"}},
		{"refused in another way", Group{Expect: map[string]Expectation{"p": {Verdict: report.Failure}}}, []report.Program{program("p", report.Error, "no")}, "", nil},
		{"misspelt", Group{Expect: map[string]Expectation{"q": {Verdict: report.Failure}}}, []report.Program{program("p", report.Success, "")}, "",
			[]string{`expect: "q" fits no program`}},
		{"optional", Group{Optional: []string{"*_old"}}, []report.Program{program("p_old", report.Failure, "no"), program("q", report.Failure, "no")}, "p_old", nil},
		{"of another object", Group{Optional: []string{"b.o/p"}}, []report.Program{program("p", report.Failure, "no")}, "", nil},
		{"one of two", Group{OneOf: [][]string{{"v1", "v2"}}}, []report.Program{program("v1", report.Failure, "no"), program("v2", report.Success, "")}, "v1", nil},
		{"none of two", Group{OneOf: [][]string{{"v1", "v2"}}}, []report.Program{program("v1", report.Failure, "no"), program("v2", report.Failure, "no")}, "",
			[]string{"one-of: none of v1, v2 loads on Linux 6.18"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &report.Result{Kernel: "6.18", List: c.programs}
			wrong := c.group.Judge(r)
			var expected []string
			for p := range r.Programs() {
				if p.Expected {
					expected = append(expected, p.Name)
				}
			}
			if d := cmp.Diff(c.wrong, wrong); d != "" {
				t.Error(d)
			}
			if got := strings.Join(expected, " "); got != c.expected {
				t.Errorf("as expected: %q, want %q", got, c.expected)
			}
		})
	}
}
