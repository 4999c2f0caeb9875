package kernel

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Config are the facts about a machine, besides its kernel, that a verdict depends on.
type Config struct {
	Lockdown string // "none", "integrity" or "confidentiality"
	JIT      bool   // programs are compiled
	PageSize uint32 // bytes
	CPUs     uint32 // possible ones
	// KprobeOverride is CONFIG_BPF_KPROBE_OVERRIDE: there is bpf_override_return.
	KprobeOverride bool
	// ErrorInjection is CONFIG_FUNCTION_ERROR_INJECTION: system calls and some other functions may be
	// made to fail, and are traced by programs that sleep or replace their result.
	ErrorInjection bool
}

// Config returns the facts about the machine that the model rests on.
func (k *Model) Config() Config { return Config(k.internal().Config()) }

// A Profile is the configuration of machines of a kind, known by a name: of a distribution's, or of one that the model's
// kernel was asked on.
type Profile struct {
	Name   string // "ubuntu", "6.18.44"
	About  string // what machines these are, one line
	Config Config
}

// Profiles are those of the model's kernel. The first is what a model that was loaded by name has.
func (k *Model) Profiles() []Profile {
	list := k.internal().Profiles()
	out := make([]Profile, len(list))
	for i, p := range list {
		out[i] = Profile{Name: p.Name, About: p.About, Config: Config(p.Config)}
	}
	return out
}

// ErrUnknownProfile is what Profile's error is for a name that no profile of the model has.
var ErrUnknownProfile = errors.New("unknown profile")

// Profile returns the configuration that the profile of that name has.
func (k *Model) Profile(name string) (Config, error) {
	var names []string
	for _, p := range k.Profiles() {
		if p.Name == name {
			return p.Config, nil
		}
		names = append(names, p.Name)
	}
	return Config{}, fmt.Errorf("%w %q (known for %s: %s)", ErrUnknownProfile, name, k, strings.Join(names, ", "))
}

// errNoOptions is returned by ReadConfig for a text that sets nothing.
var errNoOptions = errors.New("no line CONFIG_NAME=VALUE")

// buildFacts are what build options say about a machine.
var buildFacts = map[string]func(*Config){
	"CONFIG_BPF_JIT=y":                                func(c *Config) { c.JIT = true },
	"CONFIG_BPF_KPROBE_OVERRIDE=y":                    func(c *Config) { c.KprobeOverride = true },
	"CONFIG_FUNCTION_ERROR_INJECTION=y":               func(c *Config) { c.ErrorInjection = true },
	"CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY=y":       func(c *Config) { c.Lockdown = "integrity" },
	"CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY=y": func(c *Config) { c.Lockdown = "confidentiality" },
}

// ReadConfig returns the facts that a kernel's build options tell, a text as /boot/config-RELEASE is. What they leave open, the
// size of pages and the number of CPUs, is as in base.
func ReadConfig(options io.Reader, base Config) (Config, error) {
	c := Config{Lockdown: "none", PageSize: base.PageSize, CPUs: base.CPUs}
	set := false
	lines := bufio.NewScanner(options)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		set = set || strings.HasPrefix(line, "CONFIG_") && strings.Contains(line, "=")
		if apply := buildFacts[line]; apply != nil {
			apply(&c)
		}
	}
	if err := lines.Err(); err != nil {
		return base, err
	}
	if !set {
		return base, errNoOptions
	}
	return c, nil
}
