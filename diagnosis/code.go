// Package diagnosis tells why a program is refused: the rule it broke, as a code that keeps its meaning
// from kernel to kernel, whatever the words.
package diagnosis

import "slices"

// Code is a rule of the verifier or the loader. Kernels word their refusals differently and change the words;
// a code stays.
type Code struct {
	ID       string // "BV0301"; the first two digits are the subject
	Title    string // what is wrong, in a few words
	Category Category
	Rule     string // what is asked of a program
	Why      string // why that is asked
	Fix      string // what to write instead

	// Formats are the refusals that break the rule, as they are spelled in the source, before their numbers
	// and names are filled in.
	Formats []string
	// Narrow are more exact forms of formats that stand at a more general code: a message that has such a form
	// is of this code.
	Narrow []string
	// Deeper: the message comes before one that says less.
	Deeper bool
	// Older are refusals in the words of kernels that have no model, for logs that come from one.
	Older []string
	// NoProgram says why no C program shows the rule, "" if one does.
	NoProgram string
}

// Category is one of the seven headings under which Linux 7.3 explains its refusals.
type Category string

// The headings, as the kernel prints them.
const (
	RegisterType     Category = "Register Type Safety"
	Memory           Category = "Memory Safety"
	ResourceLifetime Category = "Resource Lifetime Safety"
	CallType         Category = "Call Type Safety"
	ExecutionContext Category = "Execution Context Safety"
	ProgramStructure Category = "Program Structure"
	Policy           Category = "Policy"
)

// subjects names the subject of a code by its first two digits, with the codes of it.
var subjects = []struct {
	number, name string
	codes        []Code
}{
	{"00", "general", generalCodes},
	{"01", "memory bounds", boundsCodes},
	{"02", "stack", stackCodes},
	{"03", "references and ownership", referenceCodes},
	{"04", "locks", lockCodes},
	{"05", "RCU, preemption, interrupts and sleeping", sectionCodes},
	{"06", "lists and trees", graphCodes},
	{"07", "dynptrs", dynptrCodes},
	{"08", "iterators", iterCodes},
	{"09", "registers and arithmetic", registerCodes},
	{"10", "arguments of helpers", helperArgCodes},
	{"11", "arguments of kernel functions", kfuncArgCodes},
	{"12", "functions and callbacks", functionCodes},
	{"13", "control flow and limits", flowCodes},
	{"14", "instructions", insnCodes},
	{"15", "context and kernel structs", structCodes},
	{"16", "who may do what", policyCodes},
	{"17", "attaching", attachCodes},
	{"18", "maps", mapCodes},
	{"19", "BTF", btfCodes},
	{"20", "object files", objectCodes},
	{"21", "map definitions", mapDefCodes},
	{"22", "externs", externCodes},
	{"23", "CO-RE", coreCodes},
	{"24", "struct_ops maps", structOpsCodes},
}

// Codes returns all codes, in the order of their numbers.
func Codes() []Code {
	var all []Code
	for _, s := range subjects {
		all = append(all, s.codes...)
	}
	return all
}

// Lookup returns the code with an ID such as "BV0301".
func Lookup(id string) (Code, bool) {
	for _, s := range subjects {
		if i := slices.IndexFunc(s.codes, func(c Code) bool { return c.ID == id }); i >= 0 {
			return s.codes[i], true
		}
	}
	return Code{}, false
}

// Subject names what the code is about: "stack".
func (c Code) Subject() string {
	for _, s := range subjects {
		if len(c.ID) > 4 && c.ID[2:4] == s.number {
			return s.name
		}
	}
	return ""
}
