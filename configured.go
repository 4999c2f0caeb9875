package bpfverdict

import (
	"context"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// A fact is one of a machine's configuration that may refuse a program, where with another value it refuses none.
type fact struct {
	codes  []string // of the refusals that it may be the reason of
	free   string   // the other value, as it is set
	option string   // the build option that it stands for, "" for none
	set    func(*kmodel.Config)
}

var facts = []fact{
	{[]string{"BV1601"}, "lockdown=none", "", func(c *kmodel.Config) { c.Lockdown = "none" }},
	{[]string{"BV1601"}, "kprobe-override=on", "CONFIG_BPF_KPROBE_OVERRIDE=y", func(c *kmodel.Config) { c.KprobeOverride = true }},
	{[]string{"BV1704"}, "error-injection=on", "CONFIG_FUNCTION_ERROR_INJECTION=y", func(c *kmodel.Config) { c.ErrorInjection = true }},
	{[]string{"BV1605", "BV1710"}, "jit=on", "CONFIG_BPF_JIT=y", func(c *kmodel.Config) { c.JIT = true }},
}

// blameConfig notes of a refused program what of the machine's configuration alone refuses it. That it loads otherwise is
// known by judging it again.
func (r *trial) blameConfig(ctx context.Context, l *object.Linked, p *report.Program) {
	if p.Verdict != report.Failure || l.Image == nil {
		return
	}
	c, may := r.model.Config(), false
	var need []fact
	for _, f := range facts {
		free := c
		if f.set(&free); free != c {
			need, may = append(need, f), may || slices.Contains(f.codes, p.Code)
		}
	}
	if !may || !r.loadsWith(ctx, l.Image, need) {
		return
	}
	for i := len(need) - 1; i >= 0; i-- {
		if less := slices.Delete(slices.Clone(need), i, i+1); len(less) > 0 && r.loadsWith(ctx, l.Image, less) {
			need = less
		}
	}
	p.Note = strings.TrimPrefix(p.Note+"; only the configuration refuses it: with "+settings(need)+" it loads", "; ")
}

// loadsWith reports whether the program loads where facts refuse none.
func (r *trial) loadsWith(ctx context.Context, img *object.Image, free []fact) bool {
	c := r.model.Config()
	for _, f := range free {
		f.set(&c)
	}
	other := *r
	other.model = r.model.With(kmodel.WithConfig(c))
	return other.judged(ctx, img).Verdict == verifier.Success
}

// settings are facts as one sets them, with the options that they stand for.
func settings(list []fact) string {
	var names []string
	for _, f := range list {
		name := f.free
		if f.option != "" {
			name += " (" + f.option + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, " and ")
}
