package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
	"github.com/bpfverdict/bpfverdict/report"
)

// runFlags are the flags of run.
type runFlags struct {
	model           modelFlags
	noVerify, fast  bool
	dataIn, ctxIn   string
	dataOut, ctxOut string
	repeat, cpu     int
	cpus, explore   int
	expect          uint32
	expects         bool // expect is given
	seed            uint64
	worldFile       string
	loader          loaderFlag
	presets         presetFlags
	fills           []string // among the flag --map: NAME=FILE
	dumpMaps, trace bool
	injections      []string
	cover           string
	timeout         time.Duration
	format          string
}

func (f *runFlags) register(fl *pflag.FlagSet) {
	f.model.register(fl)
	fl.BoolVar(&f.noVerify, "no-verify", false, "run programs without verifying them")
	fl.BoolVar(&f.fast, "fast", false, "compile programs: they run as fast as in a kernel, about, and accesses are not checked")
	fl.StringVar(&f.dataIn, "data-in", "", "file with the packet from its Ethernet header on, or a pcap or pcapng file: a run for each packet; 64 zeros by default")
	fl.StringVar(&f.ctxIn, "ctx-in", "", "file with the context, as BPF_PROG_TEST_RUN takes it; none by default")
	fl.StringVar(&f.dataOut, "data-out", "", "write the packet to this file after the last run")
	fl.StringVar(&f.ctxOut, "ctx-out", "", "write the context to this file after the last run")
	fl.IntVar(&f.repeat, "repeat", 1, "run each program so often, each time on what the time before left")
	fl.IntVar(&f.cpus, "cpus", 0, "processors of the machine; the world's by default, or 1")
	fl.IntVar(&f.cpu, "cpu", 0, "the processor that runs the programs")
	fl.Uint64Var(&f.seed, "seed", 0, "where random numbers and schedules begin; the world's by default, or 0")
	fl.IntVar(&f.explore, "explore", 0, "try so many schedules of programs that run at the same time, and stop at the first fault")
	fl.Uint32Var(&f.expect, "expect", 0, "what programs of the last step must return; anything else is a fault")
	fl.StringVar(&f.worldFile, "world", "", "file that describes time, task, devices, routes and sockets (docs/WORLD.md)")
	f.loader.register(fl)
	f.presets.register(fl)
	fl.Lookup("map").Usage = "set elements of a map from a JSON file, NAME=FILE, a list of {\"key\": ..., \"value\": ...}; or " + fl.Lookup("map").Usage
	fl.BoolVar(&f.dumpMaps, "dump-maps", false, "print the elements of all maps after each run")
	fl.BoolVar(&f.trace, "trace", false, "print each instruction to stderr as it is run")
	fl.StringArrayVar(&f.injections, "inject", nil, "make calls of a helper or kernel function fail: FUNCTION[@CALL][=ERRNO], such as bpf_obj_new_impl@2; may be repeated")
	fl.StringVar(&f.cover, "cover", "", "write which lines of C were run to this file: lcov if it ends in .info, else HTML")
	fl.DurationVar(&f.timeout, "timeout", time.Minute, "give up on a run after this time")
	choose(fl, &f.format, "format", "", "how to print:", "table", "json")
}

// runner runs steps on one machine.
type runner struct {
	*runFlags
	kernel  *kernel.Model
	world   machine.World
	objects []opened
	steps   []step
	m       *machine.Machine // that steps run on
	data    [][]byte
	ctx     []byte
	result  *report.RunResult
	last    *machine.Result // of the last run that gave one
	observe func(p *machine.Program, insn int)
	lines   *coverage // nil unless wanted
	out     io.Writer
	errs    io.Writer
}

// newRunner reads what the flags name.
func newRunner(cmd *cobra.Command, f *runFlags) (*runner, error) {
	switch {
	case f.timeout <= 0:
		return nil, fmt.Errorf("--timeout %v: use a positive time", f.timeout)
	case f.repeat < 1:
		return nil, fmt.Errorf("--repeat %d: use a positive number", f.repeat)
	case f.explore < 0:
		return nil, fmt.Errorf("--explore %d: use a positive number", f.explore)
	case f.explore > 0 && f.fast:
		return nil, errors.New("--explore needs the interpreter: leave out --fast")
	case f.fast && f.noVerify:
		return nil, errors.New("--fast needs what the verifier finds out: leave out --no-verify, or --fast")
	}
	model, err := f.model.load()
	if err != nil {
		return nil, err
	}
	f.expects = cmd.Flags().Changed("expect")
	r := &runner{runFlags: f, data: [][]byte{make([]byte, 64)}, out: cmd.OutOrStdout(), errs: cmd.ErrOrStderr()}
	r.result = &report.RunResult{SchemaVersion: report.RunSchemaVersion, Kernel: model.String(), Runs: []report.Run{}}
	if f.dataIn != "" {
		data, err := readInput("data-in", f.dataIn)
		if err != nil {
			return nil, err
		}
		if r.data, err = packets(data); err != nil {
			return nil, fmt.Errorf("--data-in %s: %w", f.dataIn, err)
		}
	}
	if f.ctxIn != "" {
		if r.ctx, err = readInput("ctx-in", f.ctxIn); err != nil {
			return nil, err
		}
	}
	r.kernel = model
	if r.world, err = f.readWorld(); err != nil {
		return nil, err
	}
	if f.cover != "" {
		r.lines = newCoverage()
	}
	r.watch(cmd.ErrOrStderr())
	return r, nil
}

// maxInput is the size in bytes of the largest file that a flag names.
const maxInput = 64 << 20

func readInput(flag, file string) ([]byte, error) {
	data, err := readRegular(file, maxInput)
	if err != nil {
		return nil, fmt.Errorf("--%s %s: %w", flag, file, err)
	}
	return data, nil
}

// readWorld reads the world, and what flags change in it.
func (f *runFlags) readWorld() (w machine.World, err error) {
	if f.worldFile != "" {
		text, err := readInput("world", f.worldFile)
		if err != nil {
			return w, err
		}
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.DisallowUnknownFields()
		if err := d.Decode(&w); err != nil {
			return w, fmt.Errorf("--world %s: %w; see docs/WORLD.md", f.worldFile, err)
		}
	}
	if f.cpus != 0 {
		w.CPUs = f.cpus
	}
	if f.seed != 0 {
		w.Seed = f.seed
	}
	return w, nil
}

// splitMaps parts NAME=FILE from NAME:SETTINGS among the values of --map.
func (f *runFlags) splitMaps() {
	var settings []string
	for _, v := range f.presets.maps {
		if i := strings.IndexAny(v, ":="); i >= 0 && v[i] == '=' {
			f.fills = append(f.fills, v)
		} else {
			settings = append(settings, v)
		}
	}
	f.presets.maps = settings
}

// prepare sets elements of maps.
func (r *runner) prepare() error {
	for _, s := range r.fills {
		name, file, _ := strings.Cut(s, "=")
		text, err := readInput("map", file)
		if err != nil {
			return err
		}
		if err := r.fill(name, text); err != nil {
			return fmt.Errorf("--map %s: %w", s, err)
		}
	}
	return nil
}

func (r *runner) fill(name string, text []byte) error {
	for _, mp := range r.m.Maps() {
		if mp.Name() == name {
			return mp.Fill(text)
		}
	}
	return fmt.Errorf("no map %s", name)
}

// add notes a run.
func (r *runner) add(run report.Run) {
	r.result.Runs = append(r.result.Runs, run)
}

// finish prints and writes what the runs gave.
func (r *runner) finish() error {
	var errs []error
	write := func(flag, file string, data []byte) {
		if file != "" {
			if err := os.WriteFile(file, data, 0o666); err != nil {
				errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
			}
		}
	}
	if r.last != nil {
		write("data-out", r.dataOut, r.last.DataOut)
		write("ctx-out", r.ctxOut, r.last.CtxOut)
	}
	if r.lines != nil {
		text, err := r.lines.format(r.cover)
		errs = append(errs, err)
		write("cover", r.cover, text)
	}
	if r.format == "json" {
		errs = append(errs, report.RunJSON(r.out, r.result))
	} else {
		errs = append(errs, report.RunTable(r.out, r.result))
	}
	return errors.Join(errs...)
}
