package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/cilium/ebpf"

	"github.com/bpfverdict/bpfverdict/internal/treebench"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// inKernelTree is an engine for lookups in trees. bpftool loads the programs: other than ebpf it gives the kernel the
// types that local objects have.
type inKernelTree map[string]*ebpf.Program

// openTree returns what makes engines of a loaded object.
func openTree(bpftool, object string) func(o treebench.Options, nodes, cpus int) (treebench.Engine, error) {
	return func(o treebench.Options, nodes, _ int) (treebench.Engine, error) {
		dir, err := os.MkdirTemp("", "bpffs")
		if err != nil {
			return nil, err
		}
		defer os.Remove(dir)
		if err := mountBPF(dir); err != nil {
			return nil, fmt.Errorf("mount: %w", err)
		}
		defer unmount(dir)
		if out, err := exec.Command(bpftool, "prog", "loadall", object, dir+"/progs", "pinmaps", dir+"/maps").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
		if err := set(dir+"/maps", map[string]uint32{"nodes": uint32(nodes), "rounds": uint32(o.Lookups)}, object); err != nil {
			return nil, err
		}
		e := inKernelTree{}
		names, err := filepath.Glob(dir + "/progs/*")
		for _, name := range names {
			p, err := ebpf.LoadPinnedProgram(name, nil)
			if err != nil {
				return nil, err
			}
			e[filepath.Base(name)] = p
		}
		return e, err
	}
}

// set sets variables of the object in its map of data, which is pinned in dir.
func set(dir string, values map[string]uint32, object string) error {
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		return err
	}
	pins, err := filepath.Glob(dir + "/*_data")
	if err != nil || len(pins) != 1 {
		return fmt.Errorf("%d maps of data (%v)", len(pins), err)
	}
	m, err := ebpf.LoadPinnedMap(pins[0], nil)
	if err != nil {
		return err
	}
	defer m.Close()
	data := make([]byte, m.ValueSize())
	if err := m.Lookup(uint32(0), &data); err != nil {
		return err
	}
	for name, v := range values {
		binary.LittleEndian.PutUint32(data[spec.Variables[name].Offset:], v)
	}
	return m.Put(uint32(0), data)
}

func (k inKernelTree) Run(_ context.Context, program string, cpus int) ([]uint32, time.Duration, error) {
	found, errs := make([]uint32, cpus), make([]error, cpus)
	var all sync.WaitGroup
	start := time.Now()
	for i := range cpus {
		all.Go(func() { found[i], errs[i] = k[program].Run(&ebpf.RunOptions{}) })
	}
	all.Wait()
	return found, time.Since(start), errors.Join(errs...)
}

func (k inKernelTree) Close() error {
	for _, p := range k {
		p.Close()
	}
	return nil
}

// compareTrees prints a row for each way to look up in trees that this kernel allows, as compare does for loops.
func compareTrees(bpftool string, times int) error {
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		return err
	}
	o := inThisKernel(bpftool)
	open := []func(treebench.Options, int, int) (treebench.Engine, error){o.Open, treebench.InMachine(k)}
	ctx := context.Background()
	for _, nodes := range []int{16, 1000, 100000} {
		var engines []treebench.Engine
		for _, f := range open {
			e, err := f(o, nodes, 1)
			if err != nil {
				return err
			}
			defer e.Close()
			if err := treebench.Fill(ctx, e); err != nil {
				return err
			}
			engines = append(engines, e)
		}
		for _, w := range o.Ways {
			best := make([]float64, len(engines))
			for range times {
				for i, e := range engines {
					found, took, err := e.Run(ctx, string(w), 1)
					if err != nil {
						return fmt.Errorf("%s: %w", w, err)
					}
					if int(found[0]) != o.Lookups {
						return fmt.Errorf("%s: %d of %d lookups found nothing", w, o.Lookups-int(found[0]), o.Lookups)
					}
					if ns := float64(took.Nanoseconds()) / float64(o.Lookups); best[i] == 0 || ns < best[i] {
						best[i] = ns
					}
				}
			}
			fmt.Printf("| tree of %d: %s | %.2f | %.2f | **%.2f** | | |\n", nodes, w, best[0], best[1], best[1]/best[0])
		}
	}
	return nil
}

// inThisKernel are the options for what this kernel allows.
func inThisKernel(bpftool string) treebench.Options {
	o := treebench.Options{Nodes: treebench.Sizes, CPUs: []int{1, 2}, Lookups: 20000, Times: 20, Ways: treebench.Ways}
	o.Open = openTree(bpftool, "internal/treebench/exchange.bpf.o")
	if e, err := o.Open(o, 1, 1); err == nil {
		_ = e.Close()
	} else {
		o.Ways = []treebench.Way{treebench.Read, treebench.Replace, treebench.Apart}
		o.Open = openTree(bpftool, "internal/treebench/tree.bpf.o")
	}
	if runtime.NumCPU() < 2 {
		o.CPUs = o.CPUs[:1]
	}
	return o
}

// recordTrees measures lookups in trees in this kernel.
func recordTrees(bpftool string) error {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	rows, err := treebench.Measure(context.Background(), inThisKernel(bpftool), func(r treebench.Row) { fmt.Fprintf(os.Stderr, "%+v\n", r) })
	if err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "\t")
	return e.Encode([]treebench.Recorded{{Kernel: "Linux " + strings.TrimSpace(string(release)), Rows: rows}})
}
