package kdata

// Engine says how a kernel walks programs where generations of kernels differ in more than rules.
type Engine struct {
	Loops LoopRules
}

// LoopRules are ways to tell when what is known of a state in a loop is final.
type LoopRules uint8

// Ways to treat loops.
const (
	// LoopComponents: when all paths from the first state in a strongly connected component are walked.
	LoopComponents LoopRules = iota
	// LoopEntries: when all paths from the state in which a loop was entered are walked.
	LoopEntries
	NumLoopRules
)
