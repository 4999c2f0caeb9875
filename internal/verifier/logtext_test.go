package verifier_test

import (
	"regexp"
	"strings"
)

// What tests read off a log, the model's or a kernel's.

// missing is the first of the beginnings of lines that a log does not have, each after the one before; "" if it has all.
func missing(log string, says []string) string {
	for line := range strings.SplitSeq(log, "\n") {
		if len(says) > 0 && strings.HasPrefix(line, says[0]) {
			says = says[1:]
		}
	}
	if len(says) == 0 {
		return ""
	}
	return says[0]
}

var safeRE = regexp.MustCompile(`(?m)^(?:from \d+ to )?(\d+): safe$`)

// pathEnds gives the instructions at which a log says that another state covers the path's.
func pathEnds(log string) string {
	var ends []string
	for _, m := range safeRE.FindAllStringSubmatch(log, -1) {
		ends = append(ends, m[1])
	}
	if ends == nil {
		return "none"
	}
	return strings.Join(ends, " ")
}

var backRE = regexp.MustCompile(`(?m)^mark_precise: frame(\d+): (?:(parent state )?regs=(\S*) stack=(\S*?)(?: before (\d+): |: )|falling (back))`)

// wayBack gives, of all that a log tells of walks back for precision, what was looked for: "7:r1,fp-8" before instruction
// 7, "frame1/7:r1" in another frame than the first, "parent:r1" in a state remembered, "all" where it gave up.
func wayBack(log string) string {
	var steps []string
	for _, m := range backRE.FindAllStringSubmatch(log, -1) {
		frame, parent, regs, slots, at, gaveUp := m[1], m[2], m[3], m[4], m[5], m[6]
		if gaveUp != "" {
			steps = append(steps, "all")
			continue
		}
		where := at
		if parent != "" {
			where = "parent"
		}
		if frame != "0" {
			where = "frame" + frame + "/" + where
		}
		steps = append(steps, where+":"+strings.Trim(regs+","+slots, ","))
	}
	return strings.Join(steps, " ")
}
