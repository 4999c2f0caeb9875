package bpfverdict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// TestLoaders holds what each loader makes of the objects in testdata/loaders: for each program its verdict and how many
// instructions are walked, or why the object is refused. With cilium, aya and iproute2 these are the answers of Linux 6.18.44 to
// cilium/ebpf v0.22, Aya 0.14 and iproute2 7.1 without libbpf.
func TestLoaders(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ object, loader, want string }{
		{"legacy", "auto", "elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+; " +
			"cilium/ebpf reads them: --loader cilium, Aya reads them: --loader aya, BCC's gobpf reads them in maps/NAME: --loader bcc, iproute2 reads them as bpf_elf_map: --loader iproute2"},
		{"legacy", "libbpf", "elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+"},
		{"legacy", "cilium", "count success 12"},
		{"legacy", "aya", "count success 12"},
		{"legacy", "bcc", "count success 12"},
		{"legacy", "iproute2", "count success 12"},

		{"elfmap", "cilium", "count error map 'inner': extra contains unhandled non-zero bytes, drain before creating map"},
		{"elfmap", "iproute2", "count success 18"},
		{"elfmap", "bcc", ""},

		{"ring", "libbpf", "report error Error in bpf_create_map_xattr(events):Invalid argument(-22). Retrying without BTF."},
		{"ring", "auto", "report error Error in bpf_create_map_xattr(events):Invalid argument(-22). Retrying without BTF.; " +
			"libbpf refuses: value_size must be 0 for a ring buffer (events); cilium/ebpf clears it: --loader cilium, Aya clears it: --loader aya"},
		{"ring", "cilium", "report success 13"},
		{"ring", "aya", "report success 13"},
		{"ring", "iproute2", "report failure R1 type=scalar expected=map_ptr"}, // it relocates nothing there
		{"ring", "bcc", "BCC's gobpf reads no maps or operations that are defined in BTF"},

		{"perf", "auto", "report error map 'events': failed to create: Invalid argument(-22); " +
			"libbpf refuses: key_size and value_size must be 4 for a perf event array (events); cilium/ebpf fills them in: --loader cilium"},
		{"perf", "cilium", "report success 10"},
		{"perf", "aya", "report error map 'events': failed to create: Invalid argument(-22)"},

		{"pinned", "auto", "map 'state': invalid pinning value 7.; cilium/ebpf leaves it to the program: --loader cilium, Aya doesn't pin it: --loader aya"},
		{"pinned", "cilium", "count success 11"},
		{"pinned", "aya", "count success 11"},

		{"sections", "auto", "sec 'xdp_more': program 'more' is static and not supported; " +
			"cilium/ebpf takes it: --loader cilium, Aya takes it: --loader aya, BCC's gobpf takes it: --loader bcc, iproute2 takes it: --loader iproute2"},
		{"sections", "cilium", "zeta error prog 'zeta': missing BPF prog type, check ELF section name 'lib/b' | " +
			"alpha error prog 'alpha': missing BPF prog type, check ELF section name 'lib/a' | main_prog success 11 | more success 2"},
		{"sections", "aya", "invalid program section `lib/b`"},
		{"sections", "iproute2", "zeta success 3 | alpha success 3 | main_prog failure last insn is not an exit or jmp | more success 2"},

		{"text", "libbpf", "elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+"},
		{"text", "cilium", "long_ones success 8 | none success 2"},
		{"text", "aya", "invalid program section `action`"},
		{"text", "iproute2", "long_ones failure unreachable insn 18 | none success 2"},
	} {
		t.Run(c.object+"/"+c.loader, func(t *testing.T) {
			if got := answers(t, k, c.object, c.loader); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// answers is what a loader makes of an object, in a line.
func answers(t *testing.T, k *kernel.Model, object, loader string) string {
	o, err := bpfverdict.Open("testdata/loaders/"+object+".bpf.o", bpfverdict.Loader(loader))
	if le := new(bpfverdict.LoadError); errors.As(err, &le) {
		_, text, _ := strings.Cut(err.Error(), ": ")
		return text
	} else if err != nil {
		t.Fatal(err)
	}
	res, err := o.Check(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for p := range res.Programs() {
		line := fmt.Sprintf("%s %s", p.Name, p.Verdict)
		if p.Message != "" {
			line += " " + p.Message
		} else {
			line += fmt.Sprintf(" %d", p.Processed)
		}
		if p.Note != "" {
			line += "; " + p.Note
		}
		all = append(all, line)
	}
	return strings.Join(all, " | ")
}
