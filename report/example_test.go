package report_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/bpfverdict/bpfverdict/report"
)

// saved is what a check wrote, or bpfverdict check --format json.
func saved(kernel, verdict, message string) *report.Result {
	r, err := report.ReadJSON(strings.NewReader(fmt.Sprintf(`{"schema_version": 1, "kernel": %q, "programs": [{
		"object": "prog.bpf.o", "program": "count", "section": "xdp", "type": "xdp", "verdict": %q, "errno": 0, "message": %q,
		"source": null, "insns": 8, "processed": 8, "states": 1, "peak_states": 1}]}`, kernel, verdict, message)))
	if err != nil {
		log.Fatal(err)
	}
	return r
}

func ExampleTable() {
	r := saved("6.18", "failure", "R0 invalid mem access 'map_value_or_null'")
	if err := report.Table(os.Stdout, r, report.TableOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Program  Verdict  Insns  States  Peak states  Duration (us)
	//   -------  -------  -----  ------  -----------  -------------
	// prog.bpf.o
	//   count    failure      8       1            1              0
	//     R0 invalid mem access 'map_value_or_null'
	//
	// Linux 6.18: 1 program: 1 rejected
}

func ExampleCSV() {
	if err := report.CSV(os.Stdout, saved("6.18", "success", "")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,max_states_per_insn
	// prog.bpf.o,count,success,0,8,1,1,0
}

func ExampleJSON() {
	r := &report.Result{SchemaVersion: report.SchemaVersion, ToolVersion: "v1.2.3", Kernel: "6.18", KernelFacts: []report.KernelFacts{}, Complete: true, Skipped: []string{}, Unsearched: []string{}, List: []report.Program{}}
	if err := report.JSON(os.Stdout, r); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {
	//   "schema_version": 2,
	//   "tool_version": "v1.2.3",
	//   "kernel": "6.18",
	//   "kernel_facts": [],
	//   "complete": true,
	//   "shard": null,
	//   "skipped": [],
	//   "unsearched": [],
	//   "programs": []
	// }
}

func ExampleReadJSON() {
	_, err := report.ReadJSON(strings.NewReader(`{"schema_version": 1, "programs": [{"object": "a.o", "program": "p", "verdict": "fine"}]}`))
	fmt.Println(err)
	// Output: a.o/p: unknown verdict "fine"
}

func ExampleCompare() {
	d := report.Compare(saved("6.18", "success", ""), saved("7.1", "failure", "R1 !read_ok"))
	for _, c := range d.Changes {
		_, program := c.Name()
		fmt.Println(program, c.Kind, c.Worse)
	}
	if err := report.DiffTable(os.Stdout, d, report.TableOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// count verdict true
	// worse    prog.bpf.o count: success -> failure
	//     R1 !read_ok
	// 7.1 against 6.18: 1 changed (0 better, 1 worse), 0 the same
}

func ExampleProgram_Err() {
	for p := range saved("6.18", "unsupported", "indirect jumps").Programs() {
		fmt.Println(errors.Is(p.Err(), report.ErrUnsupported), p.Err())
	}
	// Output: true unsupported by the model: indirect jumps
}

func ExampleRejection() {
	r := &report.Rejection{Object: "prog.bpf.o", Program: "count", Kernel: "6.18",
		Message: "R0 invalid mem access 'map_value_or_null'", Errno: 13,
		Source: &report.Source{File: "prog.bpf.c", Line: 20, Text: "*n += 1;"},
		Log:    "...\nR0 invalid mem access 'map_value_or_null'\n"}
	fmt.Printf("%v\n\n%+v\n", r, r)
	// Output:
	// R0 invalid mem access 'map_value_or_null' (EACCES)
	//
	// prog.bpf.o: count on Linux 6.18: R0 invalid mem access 'map_value_or_null' (EACCES)
	// prog.bpf.c:20: *n += 1;
	// ...
	// R0 invalid mem access 'map_value_or_null'
}

// What came with an object may hold sequences that a terminal obeys.
func ExampleEscape() {
	fmt.Println(report.Escape("count\x1b[2J"))
	// Output: count\x1b[2J
}
