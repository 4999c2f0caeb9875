package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// BenchmarkStart runs the command as a process of its own: what it costs to be there at all, and with a small object, by each
// kernel. Reported is the least CPU time, user and system, of all runs; the aims are 10 and 30 ms.
func BenchmarkStart(b *testing.B) {
	command := filepath.Join(b.TempDir(), "bpfverdict.exe")
	if out, err := exec.Command("go", "build", "-o", command, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	run := func(name string, args ...string) {
		b.Run(name, func(b *testing.B) {
			least := time.Hour
			for b.Loop() {
				cmd := exec.Command(command, args...)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				least = min(least, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			}
			b.ReportMetric(float64(least.Microseconds())/1000, "cpu-ms")
		})
	}
	run("version", "version")
	for _, k := range kernel.Names() {
		run("check/"+k, "check", "--kernel", k, filepath.Join("..", "..", "examples", "lookup.bpf.o"))
	}
}
