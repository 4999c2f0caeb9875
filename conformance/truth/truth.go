// Package truth reads recorded answers of real kernels, as the oracle prints them.
package truth

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// Record is a kernel's answer about one program.
type Record struct {
	Object  string `json:"object"`
	Program string `json:"program"`
	Section string `json:"section"`
	Type    int    `json:"type"`
	Insns   int    `json:"insns"`
	// Stage is how far it came: "open", "prepare" (refused by libbpf), "load" (refused
	// by the kernel before verifying), "verify" (judged by the verifier).
	Stage      string `json:"stage"`
	Verdict    string `json:"verdict"` // "success" or "failure"
	Errno      int    `json:"errno"`
	Processed  int    `json:"processed"` // instructions; -1 if unknown, as the next three
	States     int    `json:"states"`
	PeakStates int    `json:"peak_states"`
	Usec       int64  `json:"usec"`
	LogTail    string `json:"log_tail"`
	Warning    string `json:"warning"` // libbpf's first
}

// Judged reports that the kernel's verifier really ran.
func (r *Record) Judged() bool { return r.Stage == "verify" }

// Key names the program in the corpus.
func (r *Record) Key() string { return r.Object + "/" + r.Program }

// Message is the last line of the log before the statistics.
func (r *Record) Message() string { return LastMessage(r.LogTail) }

// LastMessage is the last line of a verifier log before the statistics, "" if there is none.
func LastMessage(log string) string {
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		l := lines[i]
		if strings.HasPrefix(l, "verification time ") || strings.HasPrefix(l, "stack depth ") ||
			strings.HasPrefix(l, "processed ") {
			continue
		}
		// A message without a newline runs into the statistics.
		if at := strings.LastIndex(l, "verification time "); at > 0 && strings.HasSuffix(l, " usec") {
			return l[:at]
		}
		return l
	}
	return ""
}

// ReadFile reads JSON lines, gzipped if the name ends in .gz.
func ReadFile(path string) ([]Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	rs, err := Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rs, nil
}

// Read reads JSON lines.
func Read(r io.Reader) ([]Record, error) {
	var out []Record
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		if len(strings.TrimSpace(sc.Text())) == 0 {
			continue
		}
		var rec Record
		if err := json.Unmarshal(sc.Bytes(), &rec); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, rec)
	}
	return out, sc.Err()
}
