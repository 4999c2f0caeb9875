package truth

import (
	"encoding/json"
	"os"
	"strings"
)

// Answers are what real kernels said about one object, by kernel version.
type Answers map[string][]Answer

// Answer is a kernel's answer about one program, without what varies from run to run.
type Answer struct {
	Program    string `json:"program"`
	Stage      string `json:"stage"`
	Verdict    string `json:"verdict"`
	Errno      int    `json:"errno,omitempty"`
	Message    string `json:"message,omitempty"` // last line of the log, or libbpf's first warning
	Processed  int    `json:"processed"`
	States     int    `json:"states"`
	PeakStates int    `json:"peak_states"`
}

// Summarise keeps of records what is written beside an object.
func Summarise(rs []Record) []Answer {
	var out []Answer
	for i := range rs {
		r := &rs[i]
		a := Answer{Program: r.Program, Stage: r.Stage, Verdict: r.Verdict, Errno: r.Errno,
			Processed: r.Processed, States: r.States, PeakStates: r.PeakStates}
		if r.Verdict != "success" {
			a.Message = r.Message()
			if !r.Judged() {
				a.Message = strings.TrimPrefix(strings.TrimSpace(r.Warning), "libbpf: ")
			}
		}
		out = append(out, a)
	}
	return out
}

// AnswersPath is where the answers about an object lie.
func AnswersPath(object string) string { return strings.TrimSuffix(object, ".bpf.o") + ".json" }

// ReadAnswers reads an object's answers.
func ReadAnswers(path string) (Answers, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var a Answers
	return a, json.Unmarshal(data, &a)
}

// WriteAnswers writes an object's answers.
func WriteAnswers(path string, a Answers) error {
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
