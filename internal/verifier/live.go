package verifier

import "github.com/bpfverdict/bpfverdict/internal/state"

// Stack slots that are never read again need not agree when states are compared. The
// walk tells the analysis what each instruction reads and writes; see package liveness.

// liveStackRead records that an instruction may read stack slots of a frame.
func (v *verifier) liveStackRead(frame uint32, idx int, mask uint64) {
	v.live.MarkRead(v.st, frame, idx, mask)
}

// liveStackWrite records that the current instruction overwrites stack slots whole.
func (v *verifier) liveStackWrite(frame uint32, mask uint64) { v.live.MarkWrite(frame, mask) }

// liveResetWriteMarks starts an instruction.
func (v *verifier) liveResetWriteMarks(idx int) { v.live.Begin(v.st, idx) }

// liveCommitWriteMarks ends an instruction.
func (v *verifier) liveCommitWriteMarks() {
	v.live.Commit()
}

// liveLeave says that the walk has moved into another function.
func (v *verifier) liveLeave() { v.live.Leave() }

// liveUpdate makes queries right again, after a return or at a path's end.
func (v *verifier) liveUpdate() {
	v.live.Update(v.st)
}

// liveQueryInit prepares liveSlots for a state.
func (v *verifier) liveQueryInit(st *state.State) { v.live.Query(st) }

// liveSlots returns the stack slots of a frame that may still be read.
func (v *verifier) liveSlots(frame uint32) uint64 { return v.live.Alive(frame) }
