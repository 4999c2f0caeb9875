package verifier

import (
	"time"

	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/program"
)

// prepare makes every check that needs no walk and sets up what the walk finds out.
func (v *verifier) prepare() (err error) {
	v.Began = time.Now()
	if v.code, err = program.Prepare(v.Printer, v.k, v.img, v.callFacts); err != nil {
		return err
	}
	v.target = v.code.Target
	v.precision = precision.New(v.Printer, v.code, v.callsCallbackSync)
	v.aux = make([]insnAux, len(v.insns))
	v.subprogs = make([]subprog, len(v.code.Subprogs))
	for i := range v.subprogs {
		v.subprogs[i].Subprog = &v.code.Subprogs[i]
	}
	v.Printer.LiveRegs(v.code.LiveRegs, v.code.SCC)
	v.live = liveness.NewStack(v.code.Graph)
	if v.Level > 1 {
		v.live.Trace = v.Printf
	}
	v.paths.Start(v.Printer, v.code, v.precision, v.live, v.liveRegs)
	return nil
}

// finish makes the checks that need the walk's findings.
func (v *verifier) finish() error {
	found := program.Findings{
		InlinedLoops: make([]bool, len(v.insns)),
		Throws:       v.seenException,
		Unconverted:  v.mem.unconverted,
	}
	for i := range v.aux {
		found.InlinedLoops[i] = v.aux[i].loop.inline
	}
	return v.code.Finish(v.ctx, v.Log, &found)
}
