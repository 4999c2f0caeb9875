package machine

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict"
)

//go:generate ../examples/build.sh testdata

// steps is an object whose programs share maps.
func loadSteps(t *testing.T) (*Machine, map[string]*Program) {
	t.Helper()
	obj, err := bpfverdict.Open("testdata/steps.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := bpfverdict.Change([]*bpfverdict.Object{obj}, bpfverdict.Set("count", 3))
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, Options{})
	progs, err := m.Load(changed[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*Program{}
	for _, p := range progs {
		byName[p.Name()] = p
	}
	return m, byName
}

func TestSteps(t *testing.T) {
	m, progs := loadSteps(t)
	for _, mp := range m.Maps() {
		if mp.Name() == "steps.data" {
			if err := mp.Fill([]byte(`[{"value": {"wanted": 2}}]`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := map[string]uint32{"init": 0, "search": 12}
	for _, name := range []string{"init", "search"} {
		if err := progs[name].Verify(t.Context()); err != nil {
			t.Fatalf("%+v", err)
		}
		res, err := progs[name].Run(t.Context(), Input{})
		if err != nil || res.Return != want[name] {
			t.Fatalf("%s: %+v, %v", name, res, err)
		}
		if name == "search" && strings.Join(res.Printk, "|") != "entry 2: 12 hits" {
			t.Errorf("%q", res.Printk)
		}
	}
	got := map[string]string{}
	for _, mp := range m.Maps() {
		text, err := json.Marshal(mp.Dump())
		if err != nil {
			t.Fatal(err)
		}
		got[mp.Name()] = string(text)
	}
	if got["steps.bss"] != `[{"value":{"found":12}}]` {
		t.Errorf(".bss: %s", got["steps.bss"])
	}
	const third = `{"key":2,"value":{"hits":12,"name":"entry","color":"GREEN","low":5,"high":2,"deltas":[-1,2],"whole":257,"part":1,"next":"0x0"}}]`
	if !strings.HasSuffix(got["table"], third) {
		t.Errorf("table: %s", got["table"])
	}
}

// TestFill sets elements by their types.
func TestFill(t *testing.T) {
	m, progs := loadSteps(t)
	table := m.Maps()[0]
	for _, mp := range m.Maps() {
		if mp.Name() == "table" {
			table = mp
		}
	}
	for text, want := range map[string]string{
		`[{"key": 1, "value": {"hits": 30, "color": "RED", "deltas": [5, -6], "name": "one", "whole": "0xff"}}]`: "",
		`{"key": 1}`:                                         "map table: a list of {key, value}: json: cannot unmarshal object into Go value of type []machine.Element",
		`[{"key": 1, "value": {"moon": 1}}]`:                 "map table: value of element 0: entry has no member moon",
		`[{"key": 1, "value": {"low": 1}}]`:                  "map table: value of element 0: entry.low can't be set",
		`[{"key": -5000000000, "value": {}}]`:                `map table: key of element 0: "-5000000000": no number of 32 bits`,
		`[{"key": 1, "value": {"deltas": [1,2,3]}}]`:         "map table: value of element 0: deltas: 3 elements: the array has 2",
		`[{"key": 1, "value": {"name": "too long for it"}}]`: "map table: value of element 0: name: \"too long for it\": text of at most 8 bytes goes into arrays of char only",
		`[{"key": 1, "value": 7}]`:                           "map table: value of element 0: 7: an object with the members of entry is wanted",
	} {
		err := table.Fill([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	res, err := progs["search"].Run(t.Context(), Input{})
	if err != nil || res.Return != 40 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestValuesRoundTrip shows random bytes of a type and reads them again.
func TestValuesRoundTrip(t *testing.T) {
	char := &btf.Int{Name: "char", Size: 1}
	u16, s64 := &btf.Int{Name: "u16", Size: 2}, &btf.Int{Name: "s64", Size: 8, Encoding: btf.Signed}
	typ := &btf.Struct{Name: "s", Size: 32, Members: []btf.Member{
		{Name: "a", Type: s64},
		{Name: "b", Type: &btf.Array{Type: u16, Nelems: 4}, Offset: 64},
		{Name: "c", Type: &btf.Pointer{Target: char}, Offset: 128},
		{Name: "d", Type: &btf.Struct{Name: "inner", Size: 8, Members: []btf.Member{{Name: "e", Type: &btf.Int{Name: "u64", Size: 8}}}}, Offset: 192},
	}}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes")
		text, err := json.Marshal(toJSON(typ, b))
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 32)
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if err := fromJSON(typ, v, got); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%x becomes %s becomes %x (%v)", b, text, got, err)
		}
	})
}
