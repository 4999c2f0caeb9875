package verifier_test

import (
	"encoding/binary"
	"os"
	"syscall"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// TestCallsOnRunningKernel asks the running kernel the same as TestCalls.
func TestCallsOnRunningKernel(t *testing.T) {
	if os.Getenv("BPFVERDICT_DIFF") == "" {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range callCases {
		t.Run(c.name, func(t *testing.T) {
			maps := kernelCallMaps(t)
			img := c.image(t, m)
			p := bpfsys.Prog{Type: uint32(img.Type), Attach: uint32(img.Attach), License: img.License,
				Raw: encode(img.Insns, maps), LogLevel: 2}
			if len(c.funcs) > 0 {
				raw, _ := c.btf(t)
				fd, errno := bpfsys.LoadBTF(raw)
				if errno != 0 {
					t.Fatalf("bpf(BPF_BTF_LOAD): %v", errno)
				}
				defer syscall.Close(fd)
				p.BTFFD = uint32(fd)
				for _, f := range img.Funcs {
					p.FuncInfo = binary.LittleEndian.AppendUint32(p.FuncInfo, f.Insn)
					p.FuncInfo = binary.LittleEndian.AppendUint32(p.FuncInfo, f.TypeID)
				}
			}
			log, errno := bpfsys.Load(p)
			message := ""
			if errno != 0 {
				message = lastMessage(log)
			}
			c.check(t, message, log)
		})
	}
}

// kernelCallMaps creates callMaps in the running kernel, for the time of the test.
func kernelCallMaps(t *testing.T) []int {
	var maps []int
	for _, m := range callMaps() {
		fd, errno := bpfsys.CreateMap(uint32(m.Type), m.KeySize, m.ValueSize, m.MaxEntries, m.Flags, 0, 0, 0)
		if errno != 0 {
			t.Skipf("this machine's kernel can't be asked: bpf(BPF_MAP_CREATE): %v", errno)
		}
		t.Cleanup(func() { syscall.Close(fd) })
		maps = append(maps, fd)
	}
	return maps
}
