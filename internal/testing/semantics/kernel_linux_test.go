package semantics

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
)

var update = flag.Bool("update", false, "record the running kernel's results")

// batch is how many cases are in one program.
const batch = 1000

// TestRunningKernel holds the recorded results against the running kernel, or records its.
func TestRunningKernel(t *testing.T) {
	release, ok := bpfsys.Release()
	if !ok {
		t.Skip("no programs can be loaded here: that needs root on Linux")
	}
	if !strings.HasPrefix(release, "6.18.") || runtime.GOARCH != "amd64" {
		t.Skipf("Linux %s may lack instructions that the table has", release)
	}
	cases := Cases()
	var got []Result
	for part := range slices.Chunk(cases, batch) {
		got = append(got, ask(t, part)...)
	}
	if *update {
		record(t, got)
		return
	}
	want, err := Results()
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		if got[i] != want[i] {
			t.Errorf("%v: %#x, recorded %#x", &cases[i], got[i], want[i])
		}
	}
}

// ask runs cases in the kernel.
func ask(t *testing.T, cases []Case) []Result {
	t.Helper()
	const array, syscall = 2, 31
	value := Operands(cases)
	mapFD, errno := bpfsys.CreateMap("", array, 4, uint32(len(value)), 1, 0, 0, 0, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	defer bpfsys.Close(mapFD)
	key := make([]byte, 4)
	if errno := bpfsys.UpdateMap(mapFD, key, value); errno != 0 {
		t.Fatal(errno)
	}
	prog := Program(cases)
	prog[0].Imm = int32(mapFD)
	fd, log, errno := bpfsys.LoadFD(bpfsys.Prog{Type: syscall, Sleepable: true, Raw: encode(prog)})
	if errno != 0 {
		t.Fatalf("%v: %s", errno, log[max(0, len(log)-1000):])
	}
	defer bpfsys.Close(fd)
	if r0, errno := bpfsys.TestRun(fd); errno != 0 || r0 != 0 {
		t.Fatalf("%v, r0 = %d", errno, r0)
	}
	if errno := bpfsys.LookupMap(mapFD, key, value); errno != 0 {
		t.Fatal(errno)
	}
	return ReadResults(value)
}

// encode writes instructions as bpf(2) takes them.
func encode(prog []insn.Insn) []byte {
	var b []byte
	for _, in := range prog {
		b = append(b, in.Code, in.Dst|in.Src<<4)
		b = binary.LittleEndian.AppendUint16(b, uint16(in.Off))
		b = binary.LittleEndian.AppendUint32(b, uint32(in.Imm))
	}
	return b
}

func record(t *testing.T, results []Result) {
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, results); err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/results.zst", w.EncodeAll(raw.Bytes(), nil), 0o644); err != nil {
		t.Fatal(err)
	}
}
