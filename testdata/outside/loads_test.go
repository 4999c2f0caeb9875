package outside

import (
	"errors"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
)

func TestLoadsEverywhere(t *testing.T) {
	obj, err := bpfverdict.Open("prog.bpf.o") // also OpenReader(name, io.ReaderAt), OpenFS(fsys, name)
	if le := new(bpfverdict.LoadError); errors.As(err, &le) {
		t.Fatalf("not a BPF object: %v", le)
	} else if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"6.12", "6.18", "7.1+kptr-xchg-locked"} {
		k, err := kernel.Load(name) // errors.Is(err, kernel.ErrUnknownModel)
		if err != nil {
			t.Fatal(err)
		}
		res, err := obj.Check(t.Context(), k, bpfverdict.LogLevel(1), bpfverdict.Only("count"))
		if err != nil {
			t.Fatal(err) // ctx or a bug of ours; a refusal is no error of Check
		}
		for p := range res.Programs() { // iter.Seq[*report.Program]
			var rej *bpfverdict.Rejection // Message, Errno, Source, Log
			switch err := p.Err(); {
			case errors.Is(err, bpfverdict.ErrUnsupported):
				t.Skipf("%s on %s: %v", p.Name, k, err)
			case errors.As(err, &rej):
				t.Errorf("%s on %s, %s: %v\n%+v", p.Name, k, rej.Source, rej, rej)
			}
		}
	}
}
