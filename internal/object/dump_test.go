package object

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// dumpVar names a file of instructions as libbpf loaded them: "P object program
// errno count", "M fd name ..." a map, then "code dst src off imm" an instruction.
const dumpVar = "BPFVERDICT_DUMP"

type dumped struct {
	maps  map[int32]string
	insns []insn.Insn
	kcfg  string
}

func readDump(t *testing.T) map[string]*dumped {
	t.Helper()
	path := os.Getenv(dumpVar)
	if path == "" {
		t.Skipf("%s is not set", dumpVar)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]*dumped{}
	var cur *dumped
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		line := sc.Text()
		w := strings.Fields(line)
		switch w[0] {
		case "P":
			cur = &dumped{maps: map[int32]string{}}
			out[w[1]+"/"+w[2]] = cur
		case "K":
			cur.kcfg = w[1]
		case "M":
			var fd int32
			fmt.Sscan(w[1], &fd)
			cur.maps[fd] = w[2]
		default:
			var in insn.Insn
			fmt.Sscanf(line, "%x %d %d %d %d", &in.Code, &in.Dst, &in.Src, &in.Off, &in.Imm)
			cur.insns = append(cur.insns, in)
		}
	}
	return out
}

// TestDump compares linked instructions with what libbpf made of the same programs.
func TestDump(t *testing.T) {
	want := readDump(t)
	records := readTruth(t)
	m, err := hostModel()
	if err != nil {
		t.Skip(err)
	}
	same, bad := 0, 0
	last := ""
	for _, l := range records {
		if l.Object == last || l.Stage == "open" {
			continue
		}
		last = l.Object
		o, err := Load(filepath.Join(os.Getenv(corpusVar), l.Object))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, g := range o.Link(m) {
			d := want[l.Object+"/"+g.Program.Name]
			if g.Err != nil || d == nil {
				continue
			}
			if why := diffInsns(g.Image, d); why != "" {
				bad++
				t.Errorf("%s/%s: %s", l.Object, g.Program.Name, why)
			} else {
				same++
			}
			if d.kcfg != "" {
				for _, m := range g.Image.Maps {
					if strings.HasSuffix(m.Name, ".kconfig") && fmt.Sprintf("%x", m.Data) != d.kcfg {
						t.Errorf("%s/%s: kconfig %x, want %s", l.Object, g.Program.Name, m.Data, d.kcfg)
					}
				}
			}
		}
	}
	t.Logf("%d same, %d differ", same, bad)
}

func diffInsns(img *Image, d *dumped) string {
	if len(img.Insns) != len(d.insns) {
		return fmt.Sprintf("%d instructions, want %d", len(img.Insns), len(d.insns))
	}
	for i, got := range img.Insns {
		want := d.insns[i]
		if got.IsLdImm64() && (got.Src == insn.PSEUDO_MAP_FD || got.Src == insn.PSEUDO_MAP_VALUE) && got.Src == want.Src && got.Imm >= 0 && int(got.Imm) < len(img.Maps) {
			if n := d.maps[want.Imm]; n != img.Maps[got.Imm].Name && !strings.HasPrefix(img.Maps[got.Imm].Name, n[:min(15, len(n))]) {
				return fmt.Sprintf("insn %d: map %s, want %s", i, img.Maps[got.Imm].Name, n)
			}
			got.Imm = want.Imm
		} else if got.IsLdImm64() && got.Src == insn.PSEUDO_MAP_FD && got.Imm < 0 {
			got.Imm = ^got.Imm
		}
		// Addresses of symbols differ from boot to boot.
		if hi := uint32(got.Imm); got != want && hi>>24 != fakeAddress>>24&0xff && hi != fakeAddress>>32 {
			return fmt.Sprintf("insn %d: %+v, want %+v", i, got, want)
		}
	}
	return ""
}
