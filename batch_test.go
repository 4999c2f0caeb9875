package bpfverdict

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/testing/heap"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// The memory that a batch takes is that of its largest program, however many there are; what is kept of each is its answer.
func TestMemoryOfABatch(t *testing.T) {
	const answers = 1 << 20
	dir := t.TempDir()
	var files []string
	for i := range 8 {
		for _, name := range []string{"ownership/rbtree_search", "packet", "refused/loop_endless"} {
			data, err := os.ReadFile(filepath.Join(examples, name+".bpf.o"))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, fmt.Sprintf("%s%d.bpf.o", filepath.Base(name), i))
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	peak := func(files []string) uint64 {
		w := &heap.Watch{Every: 64}
		res, err := CheckAll(t.Context(), models(t, "6.18")[0], files, Jobs(1), func(o *options) {
			o.judge = func(ctx context.Context, img *object.Image, k *kmodel.Model, opts verifier.Options) *verifier.Outcome {
				w.Context = ctx
				return verifier.Verify(w, img, k, opts)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(res)
		return w.Peak
	}
	one, eight := peak(files[:3]), peak(files)
	if one < 8<<20 {
		t.Fatalf("a walk of a million instructions took %d KiB: not what was to be measured", one>>10)
	}
	if eight > one+answers {
		t.Errorf("%d KiB for a batch of %d objects, %d KiB for one of 3", eight>>10, len(files), one>>10)
	}
}
