package diagnosis

import "strings"

// Diagnosis explains one refusal: what is wrong, where, since when on the path, and what to do.
type Diagnosis struct {
	Code     string   `json:"code"` // as Lookup takes it, "" for a refusal that has none
	Category Category `json:"category"`
	Title    string   `json:"title"`   // one line, in the program's own names where they are known
	Primary  *Place   `json:"primary"` // where it went wrong; nil if no place is known
	// Secondary are the places that led there, in the order of the path.
	Secondary []Place  `json:"path"`
	Kernel    []string `json:"kernel"` // the kernel's own words
	Notes     []string `json:"notes"`  // more that is known, a sentence each
	Help      []Help   `json:"help"`   // what to do, the likeliest first
	// PassesOn are the kernels on which the same program is accepted, nil if nobody asked.
	PassesOn []string `json:"passes_on"`
}

// Place is a place in the program, and what happened there.
type Place struct {
	File   string `json:"file"` // "" where the object doesn't say
	Line   int    `json:"line"` // from 1, 0 for unknown
	Column int    `json:"column"`
	Width  int    `json:"width"` // bytes of Text that are meant, from Column on; 0 for unknown
	Text   string `json:"text"`  // the whole line
	Insn   int    `json:"insn"`  // instruction, -1 for none
	Asm    string `json:"asm"`   // the instruction, as the kernel's log shows it
	// Function is the function of the program that it is in.
	Function string `json:"function"`
	Label    string `json:"label"` // what happened here
}

// Help is something to do about it.
type Help struct {
	Text string `json:"text"`
	// Edit is the change to the source where it is certain, nil otherwise.
	Edit *Edit `json:"edit"`
}

// Edit is a change to one line.
type Edit struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Old  string `json:"old"` // the line that is replaced, "" to insert New before it
	New  string `json:"new"`
}

// Base is the file's name without its folders.
func (p *Place) Base() string { return p.File[strings.LastIndexAny(p.File, `/\`)+1:] }
