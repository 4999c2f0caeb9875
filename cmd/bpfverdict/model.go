package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"
	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// hostBTF is where a running Linux shows its types.
const hostBTF = "/sys/kernel/btf/vmlinux"

// modelFlags choose the kernel to judge by.
type modelFlags struct {
	kernel          string
	btf             string
	config          []string
	enable, disable []string
	kfuncs          []string
	moduleBTF       []string
}

func (f *modelFlags) register(fl *pflag.FlagSet) {
	fl.StringVar(&f.kernel, "kernel", bpfverdict.DefaultKernel, "kernel model, with features switched if wanted: 6.18+kptr-xchg-locked")
	f.registerChanges(fl)
}

// registerChanges registers the flags that change a model, whichever it is.
func (f *modelFlags) registerChanges(fl *pflag.FlagSet) {
	fl.StringVar(&f.btf, "btf", "", "the kernel's BTF instead of the model's: a file, or host for this machine's")
	fl.StringArrayVar(&f.config, "config", nil, "a fact about the machine: lockdown=none|integrity|confidentiality, jit=on|off, page-size=BYTES, cpus=N, error-injection=on|off, kprobe-override=on|off")
	fl.StringArrayVar(&f.enable, "enable", nil, "switch a feature on (see features)")
	fl.StringArrayVar(&f.disable, "disable", nil, "switch a feature off")
	fl.StringArrayVar(&f.kfuncs, "kfuncs", nil, "add or change kfuncs as a YAML file describes them (docs/OVERLAYS.md)")
	fl.StringArrayVar(&f.moduleBTF, "module-btf", nil, "add a kernel module's BTF from a file named after the module")
}

// load returns the model.
func (f *modelFlags) load() (*kmodel.Model, error) { return f.loadNamed(f.kernel) }

// loadNamed returns the model of that name with the changes the flags ask for.
func (f *modelFlags) loadNamed(name string) (*kmodel.Model, error) {
	m, err := kmodel.Load(name)
	if err != nil {
		if errors.Is(err, kmodel.ErrUnknownModel) {
			return nil, fmt.Errorf("--kernel: %w; see bpfverdict kernels", err)
		}
		return nil, fmt.Errorf("--kernel: %w; see bpfverdict features", err)
	}
	if f.btf != "" {
		set, err := loadBTF(f.btf)
		if err != nil {
			return nil, err
		}
		m = m.With(kmodel.WithTypes(set))
	}
	for _, file := range f.moduleBTF {
		set, err := loadModuleBTF(file, m.Types)
		if err != nil {
			return nil, err
		}
		m = m.With(kmodel.WithModule(set))
	}
	for _, file := range f.kfuncs {
		if m, err = withKfuncs(m, file); err != nil {
			return nil, err
		}
	}
	var opts []kmodel.Option
	for _, name := range f.enable {
		set, err := kmodel.ParseFeature(name)
		if err != nil {
			return nil, fmt.Errorf("--enable: %w; see bpfverdict features", err)
		}
		opts = append(opts, kmodel.Enable(set))
	}
	for _, name := range f.disable {
		set, err := kmodel.ParseFeature(name)
		if err != nil {
			return nil, fmt.Errorf("--disable: %w; see bpfverdict features", err)
		}
		opts = append(opts, kmodel.Disable(set))
	}
	if len(f.config) > 0 {
		c, err := parseConfig(m.Config, f.config)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kmodel.WithConfig(c))
	}
	if len(opts) > 0 {
		m = m.With(opts...)
	}
	return m, nil
}

// parseConfig changes c by KEY=VALUE settings.
func parseConfig(c kmodel.Config, settings []string) (kmodel.Config, error) {
	for _, s := range settings {
		key, val, _ := strings.Cut(s, "=")
		var err error
		switch key {
		case "lockdown":
			switch val {
			case "none", "integrity", "confidentiality":
				c.Lockdown = val
			default:
				err = errors.New("use none, integrity or confidentiality")
			}
		case "jit":
			c.JIT, err = onOff(val)
		case "error-injection":
			c.ErrorInjection, err = onOff(val)
		case "kprobe-override":
			c.KprobeOverride, err = onOff(val)
		case "page-size":
			c.PageSize, err = positive(val)
		case "cpus":
			c.CPUs, err = positive(val)
		default:
			err = errors.New("there are lockdown, jit, page-size, cpus, error-injection and kprobe-override")
		}
		if err != nil {
			return c, fmt.Errorf("--config %q: %w", s, err)
		}
	}
	return c, nil
}

func onOff(s string) (bool, error) {
	if s != "on" && s != "off" {
		return false, errors.New("use on or off")
	}
	return s == "on", nil
}

func positive(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 {
		return 0, errors.New("use a positive number")
	}
	return uint32(n), nil
}

// loadBTF reads a kernel's types from a raw BTF file, an ELF file, or this machine.
func loadBTF(file string) (*types.Set, error) {
	path := file
	if file == "host" {
		path = hostBTF
	}
	set, err := kmodel.LoadTypes(path)
	if err != nil {
		hint := "give a vmlinux or raw BTF file"
		if file == "host" {
			hint = "this machine shows no kernel BTF"
		}
		return nil, fmt.Errorf("--btf %s: %s; %s", file, firstLine(err.Error()), hint)
	}
	return set, nil
}

// withKfuncs returns the model with the kfuncs that a file describes.
func withKfuncs(m *kmodel.Model, file string) (*kmodel.Model, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--kfuncs: %w", err)
	}
	list, err := kmodel.ParseKfuncOverlay(text)
	if err == nil {
		m, err = m.WithKfuncs(list)
	}
	if err != nil {
		return nil, fmt.Errorf("--kfuncs %s: %w; see docs/OVERLAYS.md", file, err)
	}
	return m, nil
}

// loadModuleBTF reads a module's types, which build on the kernel's.
func loadModuleBTF(file string, vmlinux *types.Set) (*types.Set, error) {
	spec, err := btf.LoadSplitSpec(file, vmlinux.Spec)
	if err != nil {
		return nil, fmt.Errorf("--module-btf %s: %s; give the module's raw BTF or .ko built against this kernel", file, firstLine(err.Error()))
	}
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return &types.Set{Spec: spec, Name: name, Kernel: true}, nil
}

// provenance says what an answer rests on.
func (f *modelFlags) provenance(m *kmodel.Model) string {
	types := "built in"
	if f.btf != "" {
		types = f.btf
	}
	c := m.Config
	return fmt.Sprintf("model %s, BTF %s, lockdown=%s jit=%s page-size=%d cpus=%d error-injection=%s kprobe-override=%s",
		m.Name, types, c.Lockdown, switchName(c.JIT), c.PageSize, c.CPUs, switchName(c.ErrorInjection), switchName(c.KprobeOverride))
}

// switchName is how onOff spells a setting.
func switchName(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// command is the flags as one would type them, for a command that repeats the run.
func (f *modelFlags) command() string {
	var b strings.Builder
	add := func(flag, value string) { fmt.Fprintf(&b, " --%s %s", flag, shellQuote(value)) }
	if f.kernel != bpfverdict.DefaultKernel {
		add("kernel", f.kernel)
	}
	if f.btf != "" {
		add("btf", f.btf)
	}
	for _, l := range []struct {
		flag   string
		values []string
	}{{"config", f.config}, {"enable", f.enable}, {"disable", f.disable}, {"kfuncs", f.kfuncs}, {"module-btf", f.moduleBTF}} {
		for _, v := range l.values {
			add(l.flag, v)
		}
	}
	return b.String()
}
