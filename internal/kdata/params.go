package kdata

// Params are what names and types of parameters mean.
type Params struct {
	// Suffixes are how names of parameters end, ParamNames whole names; they are asked of kfuncs, and Suffixes of
	// the functions behind struct_ops too.
	Suffixes, ParamNames map[string]ParamMark
	// Pointees are the structs that pointers among a kfunc's parameters point to.
	Pointees map[string]ParamMark
	// FuncTags are the declaration tags of parameters of global functions, without "arg:".
	FuncTags map[string]FuncTag
	// Projections are the structs that programs see as their context, and the kernel's in their place.
	Projections map[string]string
}

// ParamMark is what a parameter is marked as, a bit each.
type ParamMark uint32

// Marks of parameters.
const (
	ParamNullable   ParamMark = 1 << iota // NULL may be passed
	ParamOptional                         // NULL memory is not looked at, whatever its length
	ParamUninit                           // what is pointed to is made by the call
	ParamConst                            // a number that must be known
	ParamIgnored                          // not looked at
	ParamProg                             // filled in with the program itself
	ParamSize                             // the length of the memory before it
	ParamConstSize                        // ... which must be known
	ParamRdonlySize                       // the length of the read-only memory returned
	ParamRdwrSize                         // the length of the writable memory returned
	ParamRef                              // struct_ops: comes with a reference
	ParamBorrowed                         // a list's node that need not be owned

	// What a pointer must be. Of several, the lowest counts.
	ParamAlloc
	ParamRefcounted
	ParamDynptr
	ParamIter
	ParamListHead
	ParamListNode
	ParamRbRoot
	ParamRbNode
	ParamConstStr
	ParamMap
	ParamConstMap // a map, in which what was passed before it must lie
	ParamWorkqueue
	ParamTimer
	ParamTaskWork
	ParamIRQFlag
	ParamResSpinLock
	ParamArena
)

// FuncTag is a set of tags of one parameter of a global function.
type FuncTag uint8

// Tags of parameters of global functions.
const (
	TagCtx FuncTag = 1 << iota
	TagNonNull
	TagTrusted
	TagUntrusted
	TagNullable
	TagArena
)
