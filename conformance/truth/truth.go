// Package truth reads recorded answers of real kernels, as the oracle prints them.
package truth

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
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
	LogTail    string `json:"log_tail,omitempty"`
	Warning    string `json:"warning,omitempty"` // libbpf's first
}

// Judged reports that the kernel's verifier really ran and decided. A failure of which the log has nothing but statistics
// was none of its: a refused program's log ends with where the walk was.
func (r *Record) Judged() bool {
	return r.Stage == "verify" && (r.Verdict == "success" || r.LogTail == "" || r.MessageCut() || r.Message() != "")
}

// Key names the program in the corpus.
func (r *Record) Key() string { return r.Object + "/" + r.Program }

// Message is the last line of the log before the statistics, "" where the recorded tail of the log lacks it.
func (r *Record) Message() string { return kernellog.LastMessage(r.LogTail) }

// MessageCut reports that the recorded log lacks the message: its tail begins behind it, or the kernel's buffer was full
// before it, which left no room for the statistics either.
func (r *Record) MessageCut() bool {
	_, whole := kernellog.Plain(r.LogTail)
	return !whole && r.Message() == "" || r.LogTail != "" && !strings.Contains(r.LogTail, "processed ")
}

// StackDepth is the bytes of stack that the log says all functions need together; false where it doesn't say.
func (r *Record) StackDepth() (bytes int, known bool) {
	add := func(text string) bool {
		n, err := strconv.Atoi(text)
		bytes += n
		return err == nil
	}
	for line := range strings.Lines(r.LogTail) {
		line = strings.TrimSpace(line)
		switch at := strings.LastIndex(line, " stack "); {
		case strings.HasPrefix(line, "stack depth max "): // a line a function follows
			bytes, known = 0, true
		case strings.HasPrefix(line, "stack depth "):
			bytes, known = 0, true
			depths, _, _ := strings.Cut(line[len("stack depth "):], " max ") // the deepest chain of calls
			for depth := range strings.SplitSeq(depths, "+") {
				if !add(depth) {
					return 0, false
				}
			}
		case known && strings.HasPrefix(line, "subprog ") && at > 0:
			if !add(line[at+len(" stack "):]) {
				return 0, false
			}
		}
	}
	return bytes, known
}

// File are a kernel's answers about a corpus.
type File struct {
	Kernel string // the build, as the file's name has it: "6.18.44", "6.18.44-v782"
	Header
	Records []Record
}

// Header says who answered. It is the first line, where a file has one; what nobody knew is empty.
type Header struct {
	Uname  string `json:"uname"`            // release, version and machine as the kernel says them
	Build  string `json:"build,omitempty"`  // how its image names the build
	Config string `json:"config,omitempty"` // SHA-256 of its build options, the file .config
	CPUs   uint   `json:"cpus,omitempty"`   // how many there may be
}

// Model is the model that stands for a build of a real kernel, "6.18" for "6.18.44-v782".
func Model(build string) (string, error) {
	version, rest, _ := strings.Cut(build, "-")
	for _, name := range kernel.Names() {
		if version == name || strings.HasPrefix(version, name+".") || strings.HasPrefix(version, name+"+") {
			if rest == "arm64" {
				name += "@arm64" // as Debian names its builds: 6.18.15+deb13-arm64
			}
			return name, nil
		}
	}
	return "", fmt.Errorf("no model stands for kernel %q; name one", build)
}

// OnMachine is the model with the configuration of the machine that a build answered on, where that is known.
func OnMachine(k *kernel.Model, build string) *kernel.Model {
	return (*kernel.Model)((*kmodel.Model)(k).OnMachine(build))
}

// Name is how a file of answers is called.
func Name(corpus, build string) string { return corpus + ".linux-" + build + ".jsonl.gz" }

// Find returns the file of answers that path means: itself, or in a folder the one about a corpus
// by a build. Without a build there must be only one. The error names what there is.
func Find(path, corpus, build string) (string, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return path, err
	}
	if build != "" {
		path = filepath.Join(path, Name(corpus, build))
		_, err := os.Stat(path)
		return path, err
	}
	files, err := filepath.Glob(filepath.Join(path, Name(corpus, "*")))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("%s has %d files of answers about %s %q: name one", path, len(files), corpus, files)
	}
	return files[0], nil
}

// ReadFile reads JSON lines, gzipped if the name ends in .gz.
func ReadFile(path string) (*File, error) {
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
	file, err := Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".jsonl")
	if _, build, ok := strings.Cut(name, ".linux-"); ok {
		file.Kernel = build
	}
	return file, nil
}

// Read reads JSON lines: a header that says who answered, where there is one, and the answers.
func Read(r io.Reader) (*File, error) {
	out := &File{}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		if len(strings.TrimSpace(sc.Text())) == 0 {
			continue
		}
		var line struct {
			Record
			Header
		}
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if line.Uname != "" {
			out.Header = line.Header
			continue
		}
		out.Records = append(out.Records, line.Record)
	}
	return out, sc.Err()
}
