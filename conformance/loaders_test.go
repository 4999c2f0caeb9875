package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// TestLoadersRunningKernel loads objects with cilium/ebpf itself, which the running kernel answers, and holds the
// answers by cilium's rules against those: verdict, last message and instructions of each program. Maps are
// created and programs loaded, each by itself; nothing is attached. It needs root and a folder with one folder a
// project, of the objects that bpf2go made for little-endian machines and that the project has in its repository. It
// held for cilium/ebpf itself (examples and testdata), KubeArmor, kubeskoop, netobserv-ebpf-agent, inspektor-gadget,
// ptcpdump, keploy and kubeshark's tracer: 124 objects with 919 programs that Linux 6.18.44 judged, 117 of which it refused.
func TestLoadersRunningKernel(t *testing.T) {
	root := os.Getenv("BPFVERDICT_PUBLIC")
	if root == "" {
		t.Skip("BPFVERDICT_PUBLIC is a folder of objects written for cilium/ebpf")
	}
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	c := loaderCase{T: t, model: k, types: btf.NewCache()}
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			c.file(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d objects, %d programs that the kernel judged: %d verdicts, %d of %d messages, %d of %d counts are equal; %d never reached it",
		c.objects, c.judged, c.verdicts, c.messages, c.refused, c.counts, c.judged-c.refused, c.unloaded)
	if c.judged < 300 {
		t.Error("too few to say anything")
	}
}

// loaderCase counts what agrees.
type loaderCase struct {
	*testing.T
	model *kernel.Model
	types *btf.Cache

	objects, judged, refused, unloaded int
	verdicts, messages, counts         int
}

// file compares the programs of one object.
func (c *loaderCase) file(path string) {
	name := filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path))
	spec, serr := ebpf.LoadCollectionSpec(path)
	o, err := bpfverdict.Open(path, bpfverdict.Loader("cilium"))
	if serr != nil || err != nil {
		if (serr == nil) != (err == nil) {
			c.Errorf("%s: cilium/ebpf: %v, we: %v", name, serr, err)
		}
		return
	}
	c.objects++
	res, err := o.Check(c.Context(), c.model, bpfverdict.Arch("amd64")) // whatever it is built for
	if err != nil {
		c.Fatal(err)
	}
	found := 0
	for p := range res.Programs() {
		if spec.Programs[p.Name] == nil {
			c.Errorf("%s: %s is no program for cilium/ebpf", name, p.Name)
			continue
		}
		found++
		c.program(name, spec, p)
	}
	if found != len(spec.Programs) {
		c.Errorf("%s: %d programs, cilium/ebpf has %d", name, found, len(spec.Programs))
	}
}

var processed = regexp.MustCompile(`(?m)^processed (\d+) insns`)

// program loads a program and compares.
func (c *loaderCase) program(name string, spec *ebpf.CollectionSpec, p *report.Program) {
	alone := spec.Copy()
	alone.Programs = map[string]*ebpf.ProgramSpec{p.Name: alone.Programs[p.Name]}
	for _, m := range alone.Maps {
		m.Pinning = ebpf.PinNone // what a program says where to pin is its own
		if m.Type == ebpf.ProgramArray {
			m.Contents = nil // would load the programs that are in it
		}
	}
	const stats = 4 // messages, and how much was walked
	coll, err := ebpf.NewCollectionWithOptions(alone, ebpf.CollectionOptions{
		Programs: ebpf.ProgramOptions{LogLevel: stats}, Cache: c.types,
	})
	ve := new(ebpf.VerifierError)
	switch {
	case err == nil && coll.Programs[p.Name] == nil:
		coll.Close()
		c.unloaded++ // its section tells no type
		if p.Verdict != report.Error {
			c.Errorf("%s: %s: %s, cilium/ebpf passes it over", name, p.Name, p.Verdict)
		}
	case err == nil:
		defer coll.Close()
		c.judged++
		if p.Verdict != report.Success {
			c.Errorf("%s: %s: %s %q, the kernel accepts it", name, p.Name, p.Verdict, p.Message)
			return
		}
		c.verdicts++
		m := processed.FindStringSubmatch(coll.Programs[p.Name].VerifierLog)
		if n, _ := strconv.Atoi(m[1]); n != p.Processed {
			c.Errorf("%s: %s: %d instructions, the kernel walked %d", name, p.Name, p.Processed, n)
			return
		}
		c.counts++
	case errors.As(err, &ve) && processed.MatchString(strings.Join(ve.Log, "\n")):
		c.judged++
		c.refused++
		if p.Verdict != report.Failure {
			c.Errorf("%s: %s: %s %q, the kernel refuses it: %s", name, p.Name, p.Verdict, p.Message, kernellog.LastMessage(strings.Join(ve.Log, "\n")))
			return
		}
		c.verdicts++
		if want := kernellog.LastMessage(strings.Join(ve.Log, "\n")); p.Message != want {
			c.Errorf("%s: %s: %q, the kernel says %q", name, p.Name, p.Message, want)
			return
		}
		c.messages++
	default:
		c.unloaded++
		if p.Verdict == report.Success {
			c.Logf("%s: %s: accepted, cilium/ebpf: %.300v", name, p.Name, err)
		}
	}
}
