package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

// record is one run of a program by a kernel.
type record struct {
	Object  string            `json:"object"`
	Program string            `json:"program"`
	Section string            `json:"section"`
	Want    string            `json:"want"`  // the test's own annotation
	Input   string            `json:"input"` // which packet
	How     string            `json:"how"`   // what else was passed
	Stage   string            `json:"stage"`
	Retval  uint32            `json:"retval"`
	DataOut *string           `json:"data_out"` // hexadecimal, the first bytes
	OutSize int               `json:"data_size_out"`
	Globals map[string]string `json:"globals"` // by map
	Repeat  string            `json:"repeat"`  // "same" if a second run gave the same
}

func readTruth(file string) ([]record, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	var out []record
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, lines.Err()
}

// inputOf is what the kernel ran the program on.
func (r *record) inputOf() machine.Input {
	switch r.How {
	case "empty":
		return machine.Input{}
	case "ctx64":
		return machine.Input{Ctx: make([]byte, 64)}
	case "ctx96":
		return machine.Input{Ctx: make([]byte, 96)}
	}
	return machine.Input{Data: packets()[r.Input]}
}

// packets are the inputs by name.
func packets() map[string][]byte {
	eth := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
	ip := []byte{0x45, 0, 0, 60, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	tcp := []byte{0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0}
	udp4 := bytes.Join([][]byte{eth, ip, {0x30, 0x39, 0, 7, 0, 40, 0, 0}}, nil)
	for i := byte(42); i < 74; i++ {
		udp4 = append(udp4, i)
	}
	tcp4 := bytes.Join([][]byte{eth, ip, tcp}, nil)
	tcp4[17], tcp4[23] = 40, 6
	tcp6 := append(bytes.Clone(eth), make([]byte, 40)...)
	for at, b := range map[int]byte{12: 0x86, 13: 0xdd, 14: 0x60, 19: 20, 20: 6, 21: 64, 22: 0xfd, 37: 1, 38: 0xfd, 53: 2} {
		tcp6[at] = b
	}
	tcp6 = append(tcp6, tcp...)
	vlan := bytes.Join([][]byte{eth[:12], {0x81, 0, 0, 5}, udp4[12:]}, nil)
	return map[string][]byte{"zero64": make([]byte, 64), "udp4": udp4, "tcp4": tcp4, "tcp6": tcp6, "vlan": vlan}
}

// fillMap gives two maps the values that their tests give them.
func fillMap(m *machine.Machine, object string) error {
	name := map[string]string{"verifier_array_access.bpf.o": "map_array_ro", "verifier_value_ptr_arith.bpf.o": "map_array_48b"}[object]
	for _, mp := range m.Maps() {
		if mp.Name() == name {
			value := make([]byte, 48)
			value[0] = 28
			copy(value[28:], []byte{0x12, 0xef, 0xcd, 0xab})
			return mp.Update(make([]byte, 4), value)
		}
	}
	return nil
}

// differs says what a run has otherwise than the record; nil if nothing.
func (r *record) differs(m *machine.Machine, res *machine.Result) error {
	if res.Return != r.Retval && r.Want != "POINTER_VALUE" {
		return &difference{"return value", fmt.Sprintf("%#x, the kernel %#x", res.Return, r.Retval)}
	}
	if r.DataOut != nil {
		out := hex.EncodeToString(res.DataOut[:min(len(res.DataOut), 200)])
		if len(res.DataOut) != r.OutSize || out != *r.DataOut {
			return &difference{"packet", fmt.Sprintf("%d %s, the kernel %d %s", len(res.DataOut), out, r.OutSize, *r.DataOut)}
		}
	}
	if r.Repeat != "same" {
		return nil
	}
	for _, mp := range m.Maps() {
		for name, want := range r.Globals {
			if mp.Name() != name[:min(len(name), 15)] {
				continue
			}
			if v, ok := mp.Lookup(make([]byte, 4)); ok && hex.EncodeToString(v) != want {
				return &difference{"globals", fmt.Sprintf("%s %x, the kernel %s", name, v, want)}
			}
		}
	}
	return nil
}

// auxiliaries are the programs that their annotation says others need.
func auxiliaries(obj *bpfverdict.Object, k *kernel.Model) map[string]bool {
	out := map[string]bool{}
	for _, l := range (*object.File)(obj).Object().Link((*kmodel.Model)(k)) {
		if l.Image == nil || l.Image.BTF == nil {
			continue
		}
		_, fn := l.Image.BTF.FindFunc(l.Program.Name)
		if fn == nil {
			continue
		}
		has := func(what string) bool {
			return slices.ContainsFunc(fn.Tags, func(tag string) bool { return strings.HasPrefix(tag, "comment:test_"+what) })
		}
		out[fn.Name] = has("auxiliary") && !has("expect_failure")
	}
	return out
}
