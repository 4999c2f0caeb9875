package object

import (
	"debug/elf"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// machines are those that objects are built for otherwise than for others: the members of the registers that a program
// is given, by the struct that holds them there, and what file names say. Names are GOARCH's.
var machines = []struct {
	arch     string
	registry string // the struct
	member   string // that only this machine's has
	elems    uint32 // of which so many are there, if it is an array
	files    []string
}{
	{"amd64", "pt_regs", "ax", 0, []string{"x86", "amd64", "x8664"}},
	{"amd64", "pt_regs", "rax", 0, nil},
	{"arm64", "user_pt_regs", "regs", 31, []string{"arm64", "aarch64"}},
	{"arm", "pt_regs", "uregs", 18, []string{"arm", "armv7"}},
	{"s390x", "user_pt_regs", "gprs", 16, []string{"s390", "s390x"}},
	{"riscv64", "user_regs_struct", "a0", 0, []string{"riscv", "riscv64"}},
	{"ppc64le", "pt_regs", "gpr", 32, []string{"powerpc", "ppc64", "ppc64le"}},
	{"ppc64le", "user_pt_regs", "gpr", 32, nil},
	{"loong64", "user_pt_regs", "csr_era", 0, []string{"loongarch", "loong64"}},
	{"mips64", "pt_regs", "cp0_epc", 0, []string{"mips", "mips64"}},
}

// Arches are the machines that objects may be built for, as GOARCH writes them.
func Arches() []string {
	var names []string
	for _, m := range machines {
		if !slices.Contains(names, m.arch) {
			names = append(names, m.arch)
		}
	}
	return names
}

// Arch guesses the machine that an object is built for, "" where nothing tells: from the registers that its programs
// look at, and else from its name, as loaders give one (x_arm64_bpfel.o).
func (o *Object) Arch() string {
	arch := ""
	if o.types != nil {
		for _, m := range machines {
			if m.arch != arch && o.hasRegisters(m.registry, m.member, m.elems) {
				if arch != "" {
					return "" // it is for several
				}
				arch = m.arch
			}
		}
	}
	if arch != "" {
		return arch
	}
	words := strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(o.Name), "x86_64", "x8664"), func(r rune) bool {
		return r != '+' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
	for _, m := range machines {
		for _, word := range m.files {
			if slices.Contains(words, word) {
				return m.arch
			}
		}
	}
	return ""
}

// hasRegisters reports a struct of that name with the member.
func (o *Object) hasRegisters(name, member string, elems uint32) bool {
	for _, t := range o.types.Named(name) {
		s, ok := t.(*btf.Struct)
		if !ok {
			continue
		}
		for _, m := range s.Members {
			if m.Name != member {
				continue
			}
			arr, isArray := btf.UnderlyingType(m.Type).(*btf.Array)
			if elems == 0 || isArray && arr.Nelems == elems {
				return true
			}
		}
	}
	return false
}

// BigEndian reports the beginning of a BPF object for a machine of the other byte order.
func BigEndian(head []byte) bool {
	return len(head) >= HeaderSize && string(head[:4]) == elf.ELFMAG && elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB && MayBeBPF(head)
}
