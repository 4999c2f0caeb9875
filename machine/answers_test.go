package machine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// asked is a program of answers.bpf.c with what it is run on and what it noted.
type asked struct {
	Program string  `json:"program"`
	Packet  string  `json:"packet,omitempty"` // one of packets; "" for none
	Answers []int64 `json:"answers"`
}

const answersFile = "testdata/answers.json"

// packets are what programs are run on.
var packets = map[string][]byte{
	"ipv4":   ethernet(0x0800, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0xb9, 0xd0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 8, 0, 0),
	"ipv6":   ethernet(0x86dd, append([]byte{0x60, 0, 0, 0, 0, 8, 17, 64}, make([]byte, 40)...)...),
	"tagged": ethernet(0x88a8, append([]byte{0, 7, 0x81, 0, 0, 9, 0x08, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17}, make([]byte, 20)...)...),
}

// ethernet is an Ethernet frame.
func ethernet(protocol uint16, data ...byte) []byte {
	return append(binary.BigEndian.AppendUint16(make([]byte, 12), protocol), data...)
}

func recordedAnswers(t *testing.T) (all []asked) {
	t.Helper()
	data, err := os.ReadFile(answersFile)
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnswers holds what helpers and kernel functions say against what a kernel of two CPUs said.
func TestAnswers(t *testing.T) {
	for engine, opts := range engines {
		opts.World.CPUs = 2
		for _, want := range recordedAnswers(t) {
			t.Run(engine+"/"+want.Program+want.Packet, func(t *testing.T) {
				m, progs := loadFile(t, "testdata/answers.bpf.o", opts)
				i := slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == want.Program })
				if _, err := progs[i].Run(context.Background(), Input{Data: packets[want.Packet]}); err != nil {
					t.Fatal(err)
				}
				all, _ := m.Variable("answers")
				for n, answer := range want.Answers {
					if got := int64(binary.LittleEndian.Uint64(all[8*n:])); got != answer {
						t.Errorf("answer %d: %d (%#x), a kernel's is %d (%#x)", n, got, uint64(got), answer, uint64(answer))
					}
				}
				if noted, _ := m.Variable("noted"); int(number(noted)) != len(want.Answers) {
					t.Errorf("%d answers, not %d", number(noted), len(want.Answers))
				}
			})
		}
	}
}
