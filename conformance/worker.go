package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// answer is what we say of one program.
type answer struct {
	report.Program
	Kfunc bool `json:"kfunc"` // it calls a kfunc
	BTF   bool `json:"btf"`   // it may hold BTF-typed pointers
}

// request asks a worker for one object.
type request struct {
	Path     string
	Skip     map[string]bool // programs not to judge
	LogLevel int
}

// reply is one line of a worker: a program's start, its answer, or the object's end.
type reply struct {
	Start string  `json:",omitempty"`
	Done  *answer `json:",omitempty"`
	End   bool    `json:",omitempty"`
	Err   string  `json:",omitempty"` // with End: why the object can't be read
	Fatal string  `json:",omitempty"` // the worker gives up
}

// work answers requests from in until it ends. It runs in a process of its own, so that
// a program that eats all memory or overflows the stack costs its own answer only.
func work(in io.Reader, out io.Writer, opts options) error {
	enc := json.NewEncoder(out)
	model, err := loadKernel(opts)
	if err != nil {
		return err
	}
	go guardMemory(opts.memory, func(msg string) {
		_ = enc.Encode(reply{Fatal: msg})
		os.Exit(1)
	})
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var req request
		if err := json.Unmarshal(sc.Bytes(), &req); err != nil {
			return err
		}
		images := imagesOf(req.Path, (*kmodel.Model)(model))
		check := func(level int, takes func(prog string) bool, done func(*report.Program)) error {
			_, err := bpfverdict.CheckAll(context.Background(), model, []string{req.Path},
				bpfverdict.Jobs(1),
				bpfverdict.LogLevel(level),
				bpfverdict.Timeout(opts.timeout),
				bpfverdict.Filter(func(_, prog string) bool { return takes(prog) }),
				bpfverdict.Observe(func(e bpfverdict.Event) {
					if e.Result == nil {
						_ = enc.Encode(reply{Start: e.Program})
						return
					}
					done(e.Result)
				}))
			return err
		}
		answered := func(p *report.Program) {
			img := images[p.Name]
			_ = enc.Encode(reply{Done: &answer{*p, callsKfunc(img), holdsBTF(img, (*kmodel.Model)(model))}})
		}
		// Only logs of refusals are compared, so only refused programs are walked with a log.
		refused := map[string]bool{}
		err := check(0, func(prog string) bool { return !req.Skip[prog] }, func(p *report.Program) {
			if req.LogLevel > 0 && p.Verdict == report.Failure {
				refused[p.Name] = true
				return
			}
			answered(p)
		})
		if len(refused) > 0 {
			err = errors.Join(err, check(req.LogLevel, func(prog string) bool { return refused[prog] }, answered))
		}
		end := reply{End: true}
		if ie, bug := new(bpfverdict.InputError), new(bpfverdict.BugError); errors.As(err, &ie) {
			end.Err = ie.Err.Error()
		} else if errors.As(err, &bug) && bug.Program == "" {
			end.Err = bug.Message
		}
		if err := enc.Encode(end); err != nil {
			return err
		}
	}
	return sc.Err()
}

// imagesOf returns an object's programs as the verifier sees them, by name; those that can be linked.
func imagesOf(path string, m *kmodel.Model) map[string]*object.Image {
	images := map[string]*object.Image{}
	obj, err := object.Load(path)
	if err != nil {
		return images // Check says so
	}
	for _, l := range obj.Link(m) {
		images[l.Program.Name] = l.Image
	}
	return images
}

// guardMemory calls die once the process holds more than limit bytes.
func guardMemory(limit int64, die func(string)) {
	debug.SetMemoryLimit(limit * 3 / 4)
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(100 * time.Millisecond) {
		metrics.Read(s)
		if held := int64(s[0].Value.Uint64() - s[1].Value.Uint64()); held > limit {
			die(fmt.Sprintf("more than %d MiB of memory", limit>>20))
		}
	}
}

func callsKfunc(img *object.Image) bool {
	if img == nil {
		return false
	}
	for i := range img.Insns {
		if img.Insns[i].IsKfuncCall() {
			return true
		}
	}
	return false
}

// holdsBTF reports whether a program can get a BTF-typed pointer: from its context, from
// a ksym variable, from a helper, or from a kptr in a map.
func holdsBTF(img *object.Image, model *kmodel.Model) bool {
	if img == nil {
		return false
	}
	switch img.Type {
	case abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS, abi.PROG_TYPE_EXT,
		abi.PROG_TYPE_NETFILTER:
		return true
	}
	helpers := model.HelpersOf(kmodel.Prog{Type: img.Type, Attach: img.Attach, Sleepable: img.Sleepable, AttachName: img.AttachName})
	for i := range img.Insns {
		in := &img.Insns[i]
		switch {
		case in.IsLdImm64() && in.Src == insn.PSEUDO_BTF_ID:
			return true
		case in.IsHelperCall() && returnsBTF(helpers.Get(in.Imm)):
			return true
		}
	}
	for _, m := range img.Maps {
		if m.Record.HasAny(object.BPF_KPTR | object.BPF_UPTR) {
			return true
		}
	}
	return false
}

func returnsBTF(fn *kmodel.Helper) bool {
	if fn == nil {
		return false
	}
	switch fn.Ret.Base() {
	case abi.RET_PTR_TO_BTF_ID, abi.RET_PTR_TO_MEM_OR_BTF_ID:
		return true
	}
	return false
}
