package verifier_test

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/progen"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// fuzzMaps are the maps generated programs use.
func fuzzMaps() []*object.Map {
	return []*object.Map{
		{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: progen.ValueSize, MaxEntries: 2},
		{Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: progen.ValueSize, MaxEntries: 2},
	}
}

func fuzzImage(t abi.ProgType, insns []insn.Insn, m *kmodel.Model) *object.Image {
	return &object.Image{
		Object: "fuzz.o", Name: "fuzz", Type: t, License: "GPL", Insns: insns, Maps: fuzzMaps(),
		Types: []*types.Set{m.Types(), nil},
	}
}

// checkOutcome verifies what must hold of any answer.
func checkOutcome(t *testing.T, out *verifier.Outcome) {
	t.Helper()
	switch out.Verdict {
	case verifier.Success:
		if out.Errno != 0 || out.Processed == 0 {
			t.Fatalf("accepted with errno %d after %d instructions", out.Errno, out.Processed)
		}
	case verifier.Failure:
		// Before the first instruction the kernel says nothing about some refusals.
		if out.Errno == 0 || out.Message == "" && out.Processed > 0 {
			t.Fatalf("refused with errno %d and message %q", out.Errno, out.Message)
		}
	case verifier.Unsupported:
		if out.Message == "" {
			t.Fatal("unsupported without a reason")
		}
	default:
		t.Fatalf("verdict %d", out.Verdict)
	}
}

// maxFuzzInsns is how long the fuzzer's programs are, in instructions.
const maxFuzzInsns = 256

// rawInsns writes instructions as they lie in an object.
func rawInsns(insns []insn.Insn) []byte {
	var raw []byte
	for _, in := range insns {
		raw = append(raw, in.Code, in.Dst|in.Src<<4)
		raw = binary.LittleEndian.AppendUint16(raw, uint16(in.Off))
		raw = binary.LittleEndian.AppendUint32(raw, uint32(in.Imm))
	}
	return raw
}

// FuzzVerify sends arbitrary instruction streams through the verifier: no panic, no hang.
func FuzzVerify(f *testing.F) {
	m, err := kmodel.Load("6.18")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(1), []byte{0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0})
	f.Add(uint8(6), []byte{0x18, 0x11, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0})
	for _, images := range committedImages(f, m) {
		for _, img := range images {
			if len(img.Insns) <= maxFuzzInsns {
				f.Add(uint8(img.Type), rawInsns(img.Insns))
			}
		}
	}
	f.Fuzz(func(t *testing.T, typ uint8, raw []byte) {
		if len(raw) < 8 || len(raw) > 8*maxFuzzInsns {
			return
		}
		insns := make([]insn.Insn, len(raw)/8)
		for i := range insns {
			b := raw[8*i:]
			insns[i] = insn.Insn{
				Code: b[0], Dst: b[1] & 15, Src: b[1] >> 4, Off: int16(binary.LittleEndian.Uint16(b[2:])),
				Imm: int32(binary.LittleEndian.Uint32(b[4:])),
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		checkOutcome(t, verifier.Verify(ctx, fuzzImage(abi.ProgType(typ%33), insns, m), m, verifier.Options{}))
	})
}

// FuzzGenerated sends plausible programs through the verifier, and holds that the log level changes nothing.
func FuzzGenerated(f *testing.F) {
	m, err := kmodel.Load("6.18")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("any bytes make a program"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p := progen.Generate(src)
		// The fuzzer takes a worker that is silent for a second for dead; long walks are
		// left to the comparison with the kernel.
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		quiet := verifier.Verify(ctx, fuzzImage(p.Type, p.Insns, m), m, verifier.Options{})
		checkOutcome(t, quiet)
		if ctx.Err() != nil || quiet.Processed > 10000 {
			return
		}
		loud := verifier.Verify(context.Background(), fuzzImage(p.Type, p.Insns, m), m, verifier.Options{LogLevel: 2})
		if quiet.Verdict != loud.Verdict || quiet.Message != loud.Message || quiet.Processed != loud.Processed ||
			quiet.TotalStates != loud.TotalStates || quiet.PeakStates != loud.PeakStates {
			t.Fatalf("log level 2 changes the answer:\n%+v\n%+v", quiet, loud)
		}
	})
}
