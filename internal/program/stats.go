package program

import (
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// StackDepths are the stack sizes of all functions, in bytes and joined by "+", as the log's last lines show them.
func (p *Program) StackDepths() string {
	if len(p.Subprogs) == 0 { // refused early, while functions were found
		return strings.TrimSuffix(strings.Repeat("0+", len(p.Graph.Subprogs)), "+")
	}
	var short [16]byte
	b := short[:0]
	for i := range p.Subprogs {
		if p.Subprogs[i].Removed {
			continue
		}
		if i > 0 {
			b = append(b, '+')
		}
		b = strconv.AppendInt(b, int64(p.Subprogs[i].StackDepth), 10)
	}
	if p.hiddenSubprog && !p.k.Has(kmodel.GlobalFuncStats) {
		b = append(b, "+0"...)
	}
	return string(b)
}

// LogFunctions logs what functions took: their stack, and on newer kernels their instructions.
func (p *Program) LogFunctions(log *vlog.Log) {
	switch {
	case p.k.Has(kmodel.FunctionStats):
		log.Printf("stack depth max %d\n", p.maxDepth)
		for i := range p.Graph.Subprogs {
			p.logFunction(log, i)
		}
	case p.k.Has(kmodel.GlobalFuncStats):
		log.Printf("stack depth %s max %d\n", p.StackDepths(), p.maxDepth)
		counts := "0"
		for i := range p.Subprogs {
			switch s := &p.Subprogs[i]; {
			case i == 0:
				counts = strconv.Itoa(s.Total)
			case s.Global && !s.Removed:
				counts += "+" + strconv.Itoa(s.Total)
			}
		}
		log.Printf("insns processed %s\n", counts)
	default:
		log.Printf("stack depth %s\n", p.StackDepths())
	}
}

// logFunction logs what one function took.
func (p *Program) logFunction(log *vlog.Log, i int) {
	name, kind, s := "", "static", Subprog{}
	if len(p.Subprogs) != 0 {
		name, s = p.SubprogName(i), p.Subprogs[i]
	}
	switch {
	case s.Removed:
		return
	case i == 0:
		kind = "main"
	case s.Global:
		kind = "global"
	}
	if name == "" {
		name = "<unknown>"
	}
	log.Printf("subprog %d (%s) %s insns_self %d insns_total %d stack %d\n", i, name, kind, s.Self, s.Total, s.StackDepth)
}
