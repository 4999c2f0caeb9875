package verifier

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/object"
)

// program owner (integrator)
func programOf(img *object.Image) kernel.Prog {
	return kernel.Prog{Type: img.Type, Attach: img.Attach, Sleepable: img.Sleepable, XDPFrags: img.XDPFrags, GPL: true, AttachName: img.AttachName}
}

func (c *callchain) format() string { return fmt.Sprint(c.callsites, c.scc) }

// Owner: log
func (l *logger) startPath()                                             {}
func (l *logger) reset(position int)                                     {}
func (l *logger) position() int                                          { return 0 }
func (l *logger) lastLine() string                                       { return "" }
func (l *logger) String() string                                         { return string(l.buf) }
func (v *verifier) logStats()                                            {}
func (v *verifier) stackDepths() string                                  { return "" }
func (v *verifier) logInsn()                                             {}
func (v *verifier) printStateOf(st *state.State, frame uint32, all bool) {}
func (v *verifier) logSCC(what string, c *callchain)                     {}
func (v *verifier) logPropagating(frame int)                             {}
func (v *verifier) logBacktrackRange(last, first, subseq int)            {}
func (v *verifier) logMarkedState(st *state.State, frame int)            {}
func (v *verifier) logForcePrecise(st *state.State)                      {}
func (v *verifier) logBacktrackInsn(idx int)                             {}

// Owner: liveness
func (v *verifier) liveResetWriteMarks(idx int)              {}
func (v *verifier) liveCommitWriteMarks() error              { return nil }
func (v *verifier) liveUpdate() error                        { return nil }
func (v *verifier) liveQueryInit(st *state.State)            {}
func (v *verifier) liveSlotAlive(frame uint32, spi int) bool { return true }

// Owner: calls
func (v *verifier) initEntry(subprog int) error          { return v.unsupported("entry") }
func (v *verifier) lockForbidsCall(in *insn.Insn) bool   { return true }
func (v *verifier) callsCallbackSync(in *insn.Insn) bool { return false }

// Owner: kfunc
func (v *verifier) isThrow(in *insn.Insn) bool { return false }

// Owner: branch
type linkedReg struct {
	frame, index uint8
	isReg        bool
}
type linkedRegs struct {
	n       int
	entries [6]linkedReg
}

func (l *linkedRegs) pack() uint64    { return 0 }
func (l *linkedRegs) unpack(v uint64) {}
