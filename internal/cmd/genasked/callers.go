package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// prototypes finds the prototype by which the kernel answered: it says which helper a program may call, not how.
type prototypes struct {
	names  []string // of helpers, by id
	all    []kimage.Proto
	oldest *kmodel.Model // whose choice is right where nothing speaks against it
}

func (g *generator) prototypes() (*prototypes, error) {
	p := &prototypes{}
	ids := g.im.Enum("bpf_func_id")
	p.names = make([]string, len(ids))
	for name, id := range ids {
		if int(id) < len(p.names) {
			p.names[id] = strings.TrimPrefix(name, "BPF_FUNC_")
		}
	}
	var err error
	if p.all, err = g.im.Protos(); err != nil {
		return nil, err
	}
	p.oldest, err = kmodel.Load(kmodel.Default())
	return p, err
}

// find returns the prototype behind an answer: of those with the helper's name in theirs the one that another kernel
// has there, or the shortest, if it would have had the kernel say what it said.
func (p *prototypes) find(k *asked.Kind, h asked.Helper) (string, error) {
	name := p.names[h.ID]
	prog := kmodel.Prog{Type: k.Type, Attach: k.Attach, Sleepable: k.Sleepable, AttachName: k.Name, StructOps: k.StructOps}
	before := ""
	if o := p.oldest.HelpersOf(prog).Get(h.ID); o != nil {
		before = o.Proto
	}
	var fit []string
	for i := range p.all {
		c := &p.all[i]
		if c.Name != before && c.Name != name && !strings.HasPrefix(c.Name, name+"_") && !strings.HasSuffix(c.Name, "_"+name) {
			continue
		}
		if p.explains(c, k, h) {
			fit = append(fit, c.Name)
		}
	}
	if len(fit) == 0 {
		return "", fmt.Errorf("%s for %v attach %d %s: no prototype explains %q", name, k.Type, k.Attach, k.Name, h.Says)
	}
	slices.SortFunc(fit, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a, before, name), rank(b, before, name)), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return fit[0], nil
}

// rank puts what another kernel has first, then the helper's own name.
func rank(proto, before, name string) int {
	switch proto {
	case before:
		return 0
	case name:
		return 1
	}
	return 2
}

// explains reports whether the kernel would say what it said to five zeroes if this were the prototype.
func (p *prototypes) explains(c *kimage.Proto, k *asked.Kind, h asked.Helper) bool {
	if strings.Contains(h.Says, "not allowed in probe") {
		return true // nothing else was looked at
	}
	if !k.Sleepable && c.Sleeps != h.Sleeps {
		return false
	}
	if c.Sleeps && h.Sleeps {
		return true
	}
	_, want, refused := strings.Cut(h.Says, "R1 type=scalar expected=")
	return refused == (pointerArg(c.Args[0])) && (!refused || (want == "ctx") == strings.HasPrefix(c.Args[0], "abi.ARG_PTR_TO_CTX"))
}

// pointerArg reports an argument type that no number fits.
func pointerArg(typ string) bool {
	return typ != "" && !strings.Contains(typ, "PTR_MAYBE_NULL") && (strings.HasPrefix(typ, "abi.ARG_PTR_") ||
		strings.HasPrefix(typ, "abi.ARG_KPTR_") || strings.HasPrefix(typ, "abi.ARG_CONST_MAP_PTR"))
}

// callers are the groups of helpers, each of those that the same programs may call, and the groups of each program.
func (g *generator) callers() ([]byte, error) {
	p, err := g.prototypes()
	if err != nil {
		return nil, err
	}
	// What each kind may call, one entry a line.
	entries := map[*asked.Kind][]string{}
	for i := range g.answers.Kinds {
		k := &g.answers.Kinds[i]
		for _, h := range k.Helpers {
			proto, err := p.find(k, h)
			if err != nil {
				return nil, err
			}
			entries[k] = append(entries[k], fmt.Sprintf("{ID: %d, Proto: %q}", h.ID, proto))
		}
	}
	rows := g.rows(func(k *asked.Kind) string { return strings.Join(entries[k], "\n") }, nil)
	groups, chains := factor(rows)
	var b bytes.Buffer
	b.WriteString("// helperGroups are helpers that the same programs may call, named after their first.\nvar helperGroups = []kdata.HelperGroup{\n")
	for _, group := range groups {
		fmt.Fprintf(&b, "{Name: %q, Entries: []kdata.HelperEntry{\n%s,\n}},\n", group.name, strings.Join(group.entries, ",\n"))
	}
	b.WriteString("}\n\n// helperChains are the groups of each kind of programs.\nvar helperChains = []kdata.HelperChain{\n")
	for i, r := range rows {
		fmt.Fprintf(&b, "{When: %s, Groups: []string{%s}},\n", r.when, quoted(chains[i]))
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// group is one of helpers.
type group struct {
	name    string
	entries []string
}

// factor finds the groups of lines that always occur together, and each row's groups.
func factor(rows []row) (groups []group, chains [][]string) {
	in := map[string]string{} // line: the rows that have it
	var order []string
	for i, r := range rows {
		for line := range strings.Lines(r.value) {
			line = strings.TrimSpace(line)
			if in[line] == "" {
				order = append(order, line)
			}
			in[line] += fmt.Sprint(i, " ")
		}
	}
	byRows, used := map[string]int{}, map[string]bool{}
	for _, line := range order {
		at, ok := byRows[in[line]]
		if !ok {
			at = len(groups)
			byRows[in[line]] = at
			_, name, _ := strings.Cut(line, "Proto: ")
			name = strings.Trim(name, `"}`)
			for n := 2; used[name]; n++ {
				name = fmt.Sprintf("%s %d", strings.Trim(strings.Fields(name)[0], " "), n)
			}
			used[name] = true
			groups = append(groups, group{name: name})
		}
		groups[at].entries = append(groups[at].entries, line)
	}
	chains = make([][]string, len(rows))
	for i, r := range rows {
		for line := range strings.Lines(r.value) {
			name := groups[byRows[in[strings.TrimSpace(line)]]].name
			if !slices.Contains(chains[i], name) {
				chains[i] = append(chains[i], name)
			}
		}
	}
	return groups, chains
}
