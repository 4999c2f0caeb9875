package verifier_test

import (
	"context"
	"encoding/binary"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/verifier"
)

// subprogArgs are the types a function's only argument may have.
var subprogArgs = []string{
	"s", "long", "enum", "float", "struct", "p", "p:nonnull", "p:nullable", "p:nonnull:nullable", "char", "big", "array", "fwd", "ptr",
	"v", "v:ctx", "v:nonnull", "c", "c:ctx", "c:ctx:nonnull", "p:ctx", "task", "task:trusted", "task:trusted:nullable",
	"task:trusted:nonnull", "task:untrusted", "p:untrusted", "v:untrusted", "v:untrusted:nonnull", "fwd:trusted", "big:trusted",
	"dynptr", "dynptr:nonnull", "p:arena", "p:arena:nonnull", "s:ctx", "s:nonnull", "p:nonsense", "",
}

// subprogBodies are what the function does.
var subprogBodies = []string{
	"r0 = 0", "r0 = r1", "r0 = *(u32 *)(r1 +0)", "r0 = *(u64 *)(r1 +16)", "*(u32 *)(r1 +0) = 1\nr0 = 0",
	"if r1 == 0 goto out\nr0 = *(u32 *)(r1 +0)\nexit\nout:\nr0 = 0", "r0 = r2",
}

// TestSubprogsOnRunningKernel calls static and global functions of many types with many things and
// compares the logs with the running kernel's.
func TestSubprogsOnRunningKernel(t *testing.T) {
	if os.Getenv("BPFVERDICT_DIFF") == "" {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	tried, failed := 0, 0
	for _, typ := range []kernel.ProgType{kernel.PROG_TYPE_SCHED_CLS, kernel.PROG_TYPE_RAW_TRACEPOINT, kernel.PROG_TYPE_PERF_EVENT} {
		maps := kernelCallMaps(t)
		for _, arg := range subprogArgs {
			for _, linkage := range []string{"static ", "global "} {
				for i := range operands {
					o := &operands[i]
					prologue := strings.ReplaceAll(o.prologue, "map[%]", "map[0]")
					set := strings.ReplaceAll(o.set, "%", "r1")
					for _, body := range subprogBodies {
						c := callCase{name: "call", typ: typ, funcs: []string{linkage + arg},
							code: "r6 = r1\n*(u64 *)(r10 -16) = 0\n" + prologue + "\n" + set + "\ncall f\nr0 = 0\nexit\nf:\n" + body + "\nexit"}
						img := c.image(t, m)
						raw, _ := c.btf(t)
						fd, errno := bpfsys.LoadBTF(raw)
						if errno != 0 {
							t.Fatalf("bpf(BPF_BTF_LOAD): %v", errno)
						}
						p := bpfsys.Prog{Type: uint32(typ), Raw: encode(img.Insns, maps), LogLevel: 2, BTFFD: uint32(fd)}
						for _, f := range img.Funcs {
							p.FuncInfo = binary.LittleEndian.AppendUint32(p.FuncInfo, f.Insn)
							p.FuncInfo = binary.LittleEndian.AppendUint32(p.FuncInfo, f.TypeID)
						}
						log, errno := bpfsys.Load(p)
						syscall.Close(fd)
						out := verifier.Verify(context.Background(), img, m, verifier.Options{LogLevel: 2})
						tried++
						theirs, ours := comparable(log), comparable(out.Log)
						if syscall.Errno(out.Errno) == errno && theirs == ours && out.Verdict != verifier.Unsupported {
							continue
						}
						if failed++; failed <= 30 {
							t.Errorf("%v, %s%s, %s, %q: errno %d, ours %d %s\n%s", typ, linkage, arg, o.name, body, errno, out.Errno,
								out.Message, firstDifference(theirs, ours))
						}
					}
				}
			}
		}
	}
	t.Logf("%d calls tried, %d differ", tried, failed)
}
