package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// judgeFor prints what kernels, whose names commas separate, say of the objects, for the process that has started this one.
func judgeFor(names, objects string, w io.Writer) error {
	var ks []*kernel.Model
	for name := range strings.SplitSeq(names, ",") {
		k, err := kernel.Load(name)
		if err != nil {
			return err
		}
		ks = append(ks, k)
	}
	// Objects that can't be read are in the corpus, too.
	results, err := bpfverdict.CheckEach(context.Background(), ks, []string{objects}, bpfverdict.Jobs(1))
	if results == nil {
		return err
	}
	return json.NewEncoder(w).Encode(results)
}

// judgedBy judges the objects by kernels in a process of their own, with one thread for the programs, and tells its CPU time.
func judgedBy(names []string, objects string) (results []*report.Result, cpu time.Duration, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, 0, err
	}
	cmd := exec.Command(self, "-judge", strings.Join(names, ","), "-objects", objects)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, 0, fmt.Errorf("judging by %v: %w", names, err)
	}
	return results, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), json.Unmarshal(out, &results)
}

// runTogether compares what all kernels say of the objects in one run with what each says alone, and what that takes with the
// default kernel's run. It fails where an answer differs.
func runTogether(o options, w io.Writer) error {
	names := kernel.Names()
	together, all, err := judgedBy(names, o.objects)
	if err != nil {
		return err
	}
	differ := 0
	var byDefault time.Duration
	for i, name := range names {
		alone, cpu, err := judgedBy([]string{name}, o.objects)
		if err != nil {
			return err
		}
		lines := differences(alone[0], together[i])
		for _, line := range lines {
			fmt.Fprintln(w, name+": "+line)
		}
		differ += len(lines)
		fmt.Fprintf(w, "%-6s %7.2f s of CPU alone\n", name, cpu.Seconds())
		if name == kernel.Default() {
			byDefault = cpu
		}
	}
	fmt.Fprintf(w, "%d kernels together: %.2f s of CPU, %.1f times %s alone\n", len(names), all.Seconds(),
		all.Seconds()/byDefault.Seconds(), kernel.Default())
	if differ > 0 {
		return fmt.Errorf("%d answers differ", differ)
	}
	return nil
}

// differences are the answers of a kernel alone that it does not give with others, but for the time they take.
func differences(alone, together *report.Result) (lines []string) {
	if len(alone.List) != len(together.List) {
		return []string{fmt.Sprintf("%d programs alone, %d together", len(alone.List), len(together.List))}
	}
	for i, p := range alone.List {
		q := together.List[i]
		p.DurationUS, q.DurationUS = 0, 0
		if a, b := toText(p), toText(q); a != b {
			lines = append(lines, fmt.Sprintf("%s/%s: alone %s\ntogether %s", filepath.Base(p.Object), p.Name, a, b))
		}
	}
	return lines
}

func toText(p report.Program) string {
	text, err := json.Marshal(p)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
