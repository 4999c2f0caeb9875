package kdata

// Engine says how a kernel walks programs where generations of kernels differ in more than rules.
type Engine struct {
	Loops     LoopRules
	Liveness  LivenessRules
	Precision PrecisionRules
	Log       LogRules
}

// LoopRules are ways to tell when what is known of a state in a loop is final.
type LoopRules uint8

// Ways to treat loops.
const (
	// LoopComponents: when all paths from the first state in a strongly connected component are walked.
	LoopComponents LoopRules = iota
	// LoopEntries: when all paths from the state in which a loop was entered are walked.
	LoopEntries
	// LoopUnrolled: a state of a loop is like any other; loops end, or are walked until the limit is hit.
	LoopUnrolled
	NumLoopRules
)

// LivenessRules are ways to tell which stack slots, and on older kernels which registers, may still be read.
type LivenessRules uint8

// Ways to tell what is alive.
const (
	// LivenessGraph: what instructions read, as walks have shown, is followed back through the graph.
	LivenessGraph LivenessRules = iota
	// LivenessMarks: what is read is marked in the states remembered on the path.
	LivenessMarks
	NumLivenessRules
)

// PrecisionRules are ways to find the numbers that a decision rested on.
type PrecisionRules uint8

// Ways to walk back.
const (
	// PrecisionAcross: through calls and whatever slots are stored to.
	PrecisionAcross PrecisionRules = iota
	// PrecisionInFrame: within one function; beyond it every number counts.
	PrecisionInFrame
	NumPrecisionRules
)

// LogRules are ways to show states in the log.
type LogRules uint8

// Ways to show states. None changes an answer.
const (
	// LogMeaningful: what an instruction changed, by the attributes that say something.
	LogMeaningful LogRules = iota
	// LogChanges: what an instruction changed, offsets and immediates that are 0, too.
	LogChanges
	// LogWhole: all there is, where paths begin, fork and touch memory, and walks back for precision.
	LogWhole
	NumLogRules
)
