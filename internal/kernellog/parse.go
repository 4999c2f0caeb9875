package kernellog

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// Log is what was printed about one program.
type Log struct {
	Program string // as its frame names it, "" if nothing does
	// Steps are the instructions that it shows, in order; of level 0 there are none.
	Steps []Step
	// Message is the last line that is no instruction, state, source or statistics; "" if the log has none.
	Message string
	// Said are the lines of the refusal, Message being the last.
	Said []string
	// Begun and Ended: the log's beginning and its end were not cut off.
	Begun, Ended bool
	// Accepted: it ends with statistics alone.
	Accepted bool
}

// Step is an instruction that a log shows.
type Step struct {
	Insn int
	Code byte // its opcode
	Text string
}

// Last is the last instruction shown, -1 for none.
func (l *Log) Last() int {
	if len(l.Steps) == 0 {
		return -1
	}
	return l.Steps[len(l.Steps)-1].Insn
}

// around are what programs that pass on or keep logs put before a line.
var around = []func() *regexp.Regexp{
	lazyregexp.New(`^<\d+>`),
	lazyregexp.New(`^\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?`),                                // dmesg
	lazyregexp.New(`^\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [0-9:]{8} \d{4}\] ?`),          // dmesg -T
	lazyregexp.New(`^[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \S+ [^ :]+(\[\d+\])?: ?`),       // syslog, journal
	lazyregexp.New(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* (\S+ [^ :]+(\[\d+\])?: ?)?`), // ISO 8601
	lazyregexp.New(`^(libbpf|verifier log): ?`),
	lazyregexp.New(`^[>|] ?`),
}

// bare is a text without what is around its lines, and without what all are indented by.
func bare(text string) string {
	lines := strings.Split(text, "\n")
	indent := -1
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		for again := true; again; {
			again = false
			for _, re := range around {
				if n := len(re().FindString(strings.TrimLeft(line, " \t"))); n > 0 {
					line, again = strings.TrimLeft(line, " \t")[n:], true
				}
			}
		}
		lines[i] = line
		if rest := strings.TrimLeft(line, " \t"); rest != "" && (indent < 0 || len(line)-len(rest) < indent) {
			indent = len(line) - len(rest)
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(indent, 0), len(line)):]
	}
	return strings.Join(lines, "\n")
}

var (
	step  = lazyregexp.New(`^(\d+): \(([0-9a-f]{2})\) (.*?)(?: +;.*| \d+: .*)?$`)
	state = lazyregexp.New(`^(\d+: )?(frame\d+: |R\d+(_[a-z]+)?=|R\d+(_[a-z]+)?\(|fp-\d+=|refs=|cb$|safe$)`)
	// other lines that are no message.
	other = lazyregexp.New(`^(; |from \d+ to \d+: |\d+: safe$|\d+: ?$|func#\d+ @|caller:$|callee:$|to caller at \d+:$|returning from callee:$|last_idx |regs=|mark_precise: |parent |live regs before insn:|-- |Func#\d+ |Validating |\[.*\]$|arg#\d+ reference type|reg type unsupported for arg#|func '\S+' arg\d+ (has btf_id|type )|propagating |stack=|\d+: \(.*$)`)
	// frames of loaders, with the program's name.
	begins = []func() *regexp.Regexp{
		lazyregexp.New(`^prog '([^']+)': -- BEGIN PROG LOAD LOG --$`),
		lazyregexp.New(`^-- BEGIN PROG LOAD LOG --$`),
		lazyregexp.New(`^PROCESSING \S*/([^/, ]+), DURATION US: .*$`),
	}
	// Without a frame: how libbpf names the program, and how cilium/ebpf does in an error, with the message in it or below.
	failed      = lazyregexp.New(`^prog '([^']+)': (?:BPF program load failed|failed to load)`)
	cilium      = lazyregexp.New(`^(?:.*: )?program ([A-Za-z0-9_.]+): load program: [a-z ]+:(?: (.*?)(?: \(\d+ line\(s\) omitted\))?)?$`)
	ciliumFrame = lazyregexp.New(`^load program: [a-z ]+:$`)
)

// Parse finds the logs of programs in a text: one for each frame, or one.
func Parse(text string) []Log {
	text, whole := Plain(bare(text))
	var logs []Log
	var lines []string
	program, framed := "", false
	flush := func() {
		if l, ok := read(lines); ok {
			l.Program = program
			l.Accepted = l.Accepted && whole
			logs = append(logs, l)
		}
		lines, framed = nil, false
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := match(begins, line); ok {
			flush()
			program, framed = orElse(name, program), true
			continue
		}
		if framed && line == "-- END PROG LOAD LOG --" {
			flush()
			program = ""
			continue
		}
		if m := cilium().FindStringSubmatch(line); m != nil {
			program = m[1]
			if m[2] != "" {
				lines = append(lines, m[2])
			}
			continue
		}
		if m := failed().FindStringSubmatch(line); m != nil {
			if len(logs) > 0 && logs[len(logs)-1].Program == m[1] && lines == nil {
				continue // said again below the frame
			}
			program = m[1]
			continue
		}
		if !framed && (strings.HasPrefix(line, "failed to load object ") || ciliumFrame().MatchString(line)) {
			continue
		}
		lines = append(lines, line)
	}
	flush()
	return logs
}

func match(forms []func() *regexp.Regexp, line string) (name string, ok bool) {
	for _, re := range forms {
		if m := re().FindStringSubmatch(line); m != nil {
			return strings.Join(m[1:], ""), true
		}
	}
	return "", false
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// read reads a log's lines; false if they say nothing.
func read(lines []string) (Log, bool) {
	l := Log{}
	for _, line := range lines {
		if m := step().FindStringSubmatch(line); m != nil {
			insn, _ := strconv.Atoi(m[1])
			code, _ := strconv.ParseUint(m[2], 16, 8)
			l.Steps = append(l.Steps, Step{insn, byte(code), m[3]})
		}
	}
	first := slices.IndexFunc(lines, func(s string) bool { return s != "" && !strings.HasPrefix(s, "arg#") })
	if first < 0 {
		return l, false
	}
	start := lines[first]
	l.Begun = len(l.Steps) == 0 || strings.HasPrefix(start, "func#0 @") || strings.HasPrefix(start, "0: ") || strings.HasPrefix(start, "; ") && l.Steps[0].Insn == 0
	stats := false
	for _, line := range slices.Backward(lines) {
		isStat := slices.ContainsFunc(statistics, func(s string) bool { return strings.HasPrefix(line, s) })
		if at := strings.LastIndex(line, "verification time "); at > 0 && !isStat { // a message without an end runs into them
			line, stats = line[:at], true
		}
		if at := strings.LastIndex(line, "processed "); at > 0 && !isStat && strings.Contains(line, " insns (limit ") {
			line, stats = line[:at], true
		}
		stats = stats || isStat
		if line == "" || isStat {
			continue
		}
		if step().MatchString(line) || state().MatchString(line) || other().MatchString(line) {
			break
		}
		l.Said = append(l.Said, line)
	}
	slices.Reverse(l.Said)
	if n := len(l.Said); n > 0 {
		l.Message = l.Said[n-1]
	}
	l.Ended = stats || l.Message != ""
	l.Accepted = stats && l.Message == ""
	return l, l.Message != "" || len(l.Steps) > 0 || stats
}
