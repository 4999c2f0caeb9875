package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// hostBTF is where a running Linux shows its types.
const hostBTF = "/sys/kernel/btf/vmlinux"

// modelFlags choose the kernel to judge by.
type modelFlags struct {
	kernel          string
	kernelFlag      *pflag.Flag // nil where the command has none
	btf             string
	config          []string
	enable, disable []string
	kfuncs          []string
	moduleBTF       []string
}

func (f *modelFlags) register(fl *pflag.FlagSet) {
	fl.StringVar(&f.kernel, "kernel", kernel.Default(), "kernel model, with features switched if wanted: MODEL+FEATURE-FEATURE (see kernels and features); check takes several, as matrix does: 6.12,7.1-; host is this machine's, told by its BTF; with --btf, a release without a model too: 6.6")
	f.kernelFlag = fl.Lookup("kernel")
	f.registerChanges(fl)
}

// registerChanges registers the flags that change a model, whichever it is.
func (f *modelFlags) registerChanges(fl *pflag.FlagSet) {
	fl.StringVar(&f.btf, "btf", "", "the kernel's BTF, a file or host for this machine's: instead of the model's, or, without --kernel, to derive a model from")
	fl.StringArrayVar(&f.config, "config", nil, "facts about the machine, the later ones over the earlier: @PROFILE (see kernels MODEL), file:PATH of a kernel's build options, or lockdown=none|integrity|confidentiality, jit=on|off, page-size=BYTES, cpus=N, error-injection=on|off, kprobe-override=on|off")
	fl.StringArrayVar(&f.enable, "enable", nil, "switch a feature on (see features)")
	fl.StringArrayVar(&f.disable, "disable", nil, "switch a feature off")
	fl.StringArrayVar(&f.kfuncs, "kfuncs", nil, "add or change kfuncs as a YAML file describes them (docs/OVERLAYS.md)")
	fl.StringArrayVar(&f.moduleBTF, "module-btf", nil, "add a kernel module, its .ko or raw BTF, from a file named after the module")
}

// load returns the model.
func (f *modelFlags) load() (*kernel.Model, error) { return f.loadNamed(f.kernel) }

// loadNamed returns the model of that name with the changes the flags ask for.
func (f *modelFlags) loadNamed(name string) (*kernel.Model, error) {
	m, err := f.base(name)
	if err != nil {
		return nil, err
	}
	for _, file := range f.moduleBTF {
		if m, err = withModule(m, file); err != nil {
			return nil, err
		}
	}
	for _, file := range f.kfuncs {
		if m, err = withKfuncs(m, file); err != nil {
			return nil, err
		}
	}
	if m, err = m.With(kernel.Enable(f.enable...)); err != nil {
		return nil, fmt.Errorf("--enable: %w; see bpfverdict features", err)
	}
	if m, err = m.With(kernel.Disable(f.disable...)); err != nil {
		return nil, fmt.Errorf("--disable: %w; see bpfverdict features", err)
	}
	if len(f.config) > 0 {
		c, err := parseConfig(m, f.config)
		if err != nil {
			return nil, err
		}
		return m.With(kernel.WithConfig(c))
	}
	return m, nil
}

// base returns the model of that name, with the BTF that the flags ask for: one that is there, or one derived from BTF.
func (f *modelFlags) base(name string) (*kernel.Model, error) {
	if changes, ok := strings.CutPrefix(name, "host"); ok {
		return detect(cmp.Or(f.btf, "host"), changes)
	}
	if f.btf != "" && name == kernel.Default() && f.kernelFlag != nil && !f.kernelFlag.Changed {
		return detect(f.btf, "")
	}
	name = modelName(name)
	m, err := kernel.Load(name)
	release, _, _ := strings.Cut(strings.ReplaceAll(name, "+", "-"), "-")
	derivable := errors.Is(err, kernel.ErrUnknownModel) && kernel.IsRelease(release)
	switch {
	case f.btf != "" && (derivable || strings.HasPrefix(name, release+"-derived")):
		return detect(f.btf, name)
	case derivable:
		return nil, fmt.Errorf("--kernel: no model is of Linux %s: one is derived of its BTF; give that with --btf FILE (on such a machine %s)", release, hostBTF)
	case errors.Is(err, kernel.ErrUnknownModel):
		return nil, fmt.Errorf("--kernel: %w; see bpfverdict kernels", err)
	case err != nil:
		return nil, fmt.Errorf("--kernel: %w; see bpfverdict features", err)
	case f.btf != "":
		return withBTF(f.btf, func(btf io.ReaderAt) (*kernel.Model, error) { return m.With(kernel.WithBTF(btf)) })
	}
	return m, nil
}

// detect derives a model from a file's BTF, or this machine's.
func detect(file, name string) (*kernel.Model, error) {
	return withBTF(file, func(btf io.ReaderAt) (*kernel.Model, error) { return kernel.Detect(btf, name) })
}

// parseConfig changes a model's configuration by settings: @PROFILE, file:PATH and KEY=VALUE.
func parseConfig(m *kernel.Model, settings []string) (kernel.Config, error) {
	c := m.Config()
	for _, s := range settings {
		var err error
		if profile, ok := strings.CutPrefix(s, "@"); ok {
			if c, err = m.Profile(profile); err != nil {
				return c, fmt.Errorf("--config: %w", err)
			}
			continue
		}
		if file, ok := strings.CutPrefix(s, "file:"); ok {
			if c, err = readConfig(file, c); err != nil {
				return c, fmt.Errorf("--config %s: %w; give a text such as /boot/config-RELEASE", s, err)
			}
			continue
		}
		key, val, _ := strings.Cut(s, "=")
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
			err = errors.New("there are @PROFILE, file:PATH, lockdown, jit, page-size, cpus, error-injection and kprobe-override")
		}
		if err != nil {
			return c, fmt.Errorf("--config %q: %w", s, err)
		}
	}
	return c, nil
}

// readConfig changes c by the build options in a file.
func readConfig(file string, c kernel.Config) (kernel.Config, error) {
	f, err := openRegular(file)
	if err != nil {
		return c, err
	}
	defer f.Close()
	return kernel.ReadConfig(f, c)
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

// withBTF makes a model with the BTF of a file, or of this machine.
func withBTF(file string, make func(io.ReaderAt) (*kernel.Model, error)) (m *kernel.Model, err error) {
	path, hint := file, "give a vmlinux or raw BTF file"
	if file == "host" {
		path, hint = hostBTF, "this machine shows no kernel BTF"
	}
	f, err := openRegular(path)
	if err == nil {
		defer f.Close()
		m, err = make(f)
	}
	if err != nil {
		return nil, fmt.Errorf("--btf %s: %s; %s", file, firstLine(err.Error()), hint)
	}
	return m, nil
}

// withModule returns the model with the module that a file is named after.
func withModule(m *kernel.Model, file string) (*kernel.Model, error) {
	f, err := openRegular(file)
	if err == nil {
		defer f.Close()
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		m, err = m.With(kernel.WithModule(f, name))
	}
	if err != nil {
		return nil, fmt.Errorf("--module-btf %s: %s; give the module's raw BTF or .ko built against this kernel", file, firstLine(err.Error()))
	}
	return m, nil
}

// maxOverlay is the size in bytes of the largest description of kfuncs that is read.
const maxOverlay = 1 << 20

// withKfuncs returns the model with the kfuncs that a file describes.
func withKfuncs(m *kernel.Model, file string) (*kernel.Model, error) {
	text, err := readRegular(file, maxOverlay)
	if err != nil {
		return nil, fmt.Errorf("--kfuncs %s: %w", file, err)
	}
	m, err = m.With(kernel.WithKfuncs(text))
	if err != nil {
		return nil, fmt.Errorf("--kfuncs %s: %w; see docs/OVERLAYS.md", file, err)
	}
	return m, nil
}

// readRegular reads a file of at most max bytes, which may be no more than openRegular opens.
func readRegular(path string, max int) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(max)+1))
	if err == nil && len(data) > max {
		err = fmt.Errorf("more than %d bytes", max)
	}
	return data, err
}

// openRegular opens a file, which may not be a device or a pipe: those may have no end, or not tell when more
// will come.
func openRegular(path string) (*os.File, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
	case st.IsDir():
		err = errors.New("it is a folder")
	case !st.Mode().IsRegular():
		err = errors.New("it is no regular file; save it in one first")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if pe := new(fs.PathError); errors.As(err, &pe) {
		err = pe.Err
	}
	return f, err
}

// provenance says what an answer rests on.
func (f *modelFlags) provenance(m *kernel.Model) string {
	types := "built in"
	switch d := m.Detection(); {
	case d != nil:
		types = fmt.Sprintf("%s, that of a Linux %s, tables of %s", cmp.Or(f.btf, "host"), d.Release, d.Nearest)
	case f.btf != "":
		types = f.btf
	}
	return fmt.Sprintf("model %s, BTF %s, %s", m, types, configText(m.Config()))
}

// configText is a configuration as --config has it.
func configText(c kernel.Config) string {
	return fmt.Sprintf("lockdown=%s jit=%s page-size=%d cpus=%d error-injection=%s kprobe-override=%s",
		c.Lockdown, switchName(c.JIT), c.PageSize, c.CPUs, switchName(c.ErrorInjection), switchName(c.KprobeOverride))
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
	if f.kernel != kernel.Default() {
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
