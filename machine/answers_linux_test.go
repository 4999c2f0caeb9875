package machine

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
)

var update = flag.Bool("update", false, "record what the running kernel answers")

// toAsk are the programs of answers.bpf.c and what they are run on.
var toAsk = []asked{
	{Program: "strings"}, {Program: "cpumasks"}, {Program: "probes"},
	{Program: "tags", Packet: "ipv4"}, {Program: "tags", Packet: "tagged"},
	{Program: "congestion", Packet: "ipv4"}, {Program: "congestion", Packet: "ipv6"}, {Program: "packets", Packet: "ipv4"},
	{Program: "connections", Packet: "ipv4"},
}

// TestAnswersOfRunningKernel holds the recorded answers against the running kernel, or records its.
func TestAnswersOfRunningKernel(t *testing.T) {
	release, ok := bpfsys.Release()
	switch {
	case !ok:
		t.Skip("no programs can be loaded here: that needs root on Linux")
	case !strings.HasPrefix(release, "6.18.") || runtime.GOARCH != "amd64" || runtime.NumCPU() != 2:
		t.Skipf("Linux %s on %d CPUs may answer otherwise", release, runtime.NumCPU())
	}
	var got []asked
	for _, a := range toAsk {
		got = append(got, ask(t, a))
	}
	if *update {
		data, err := json.Marshal(got)
		if err == nil {
			err = os.WriteFile(answersFile, []byte(strings.ReplaceAll(string(data), "},{", "},\n{")+"\n"), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	for i, want := range recordedAnswers(t) {
		if !reflect.DeepEqual(got[i], want) {
			t.Errorf("%v, recorded %v", got[i], want)
		}
	}
}

// ask runs a program in the kernel.
func ask(t *testing.T, a asked) asked {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec("testdata/answers.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ebpf.NewCollection(spec)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	defer c.Close()
	o := &ebpf.RunOptions{Data: packets[a.Packet]}
	if o.Data != nil {
		o.DataOut = make([]byte, 256)
	}
	if _, err := c.Programs[a.Program].Run(o); err != nil {
		t.Fatal(err)
	}
	var noted uint32
	if err := c.Variables["noted"].Get(&noted); err != nil {
		t.Fatal(err)
	}
	var all [64]int64
	if err := c.Variables["answers"].Get(&all); err != nil {
		t.Fatal(err)
	}
	a.Answers = all[:noted]
	return a
}
