package diagnosis

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// argIndex is what a format says of the order of its arguments; the text is the same without.
var argIndex = lazyregexp.New(`%\[\d+\]`)

func plain(format string) string { return argIndex().ReplaceAllString(format, "%") }

// byFormat finds the code of a format.
var byFormat = sync.OnceValue(func() map[string]Code {
	found := map[string]Code{}
	for _, c := range Codes() {
		for _, f := range c.Formats {
			found[plain(f)] = c
		}
	}
	return found
})

// CodeOf returns the code of a refusal by the format of its message, as the source spells it.
func CodeOf(format string) (Code, bool) {
	c, ok := byFormat()[plain(format)]
	return c, ok
}

// pattern is a form of messages.
type pattern struct {
	// What a message begins and ends with tells most forms apart, so that few expressions are ever compiled.
	prefix, suffix string
	re             func() *regexp.Regexp
	literal        int // how much of it is fixed text: what is fixed more is meant more exactly
	narrow         bool
	code           Code
}

// verb is a conversion in a format.
var verb = lazyregexp.New(`%[-+#0-9.]*[a-zA-Z]`)

// newPattern makes a form of the last line of a format, which is what is left of a message of several lines.
func newPattern(format string, narrow bool, c Code) *pattern {
	format = plain(format)
	format = format[strings.LastIndexByte(format, '\n')+1:]
	verbs := verb().FindAllStringIndex(format, -1)
	p := &pattern{prefix: format, suffix: format, literal: len(format), narrow: narrow, code: c}
	for i, v := range verbs {
		if i == 0 {
			p.prefix = format[:v[0]]
		}
		p.suffix = format[v[1]:]
		p.literal -= v[1] - v[0]
	}
	p.re = sync.OnceValue(func() *regexp.Regexp { return expression(format, verbs) })
	return p
}

// expression matches what a format with these verbs makes.
func expression(format string, verbs [][]int) *regexp.Regexp {
	var re strings.Builder
	re.WriteByte('^')
	at := 0
	for _, v := range verbs {
		re.WriteString(regexp.QuoteMeta(format[at:v[0]]))
		switch format[v[1]-1] {
		case 'd':
			re.WriteString(`-?\d+`)
		case 'x':
			re.WriteString(`(0x)?[0-9a-f]+`)
		default:
			re.WriteString(`.*`)
		}
		at = v[1]
	}
	re.WriteString(regexp.QuoteMeta(format[at:]))
	re.WriteByte('$')
	return regexp.MustCompile(re.String())
}

func (p *pattern) fits(message string) bool {
	return strings.HasPrefix(message, p.prefix) && strings.HasSuffix(message, p.suffix) && p.re().MatchString(message)
}

var patterns = sync.OnceValue(func() []*pattern {
	var all []*pattern
	for _, c := range Codes() {
		for _, f := range c.Formats {
			all = append(all, newPattern(f, false, c))
		}
		for _, f := range c.Older {
			all = append(all, newPattern(f, false, c))
		}
		for _, f := range c.Narrow {
			all = append(all, newPattern(f, true, c))
		}
	}
	return all
})

// Match returns the code of a message by its text, a line of a kernel's log. Of the forms that fit, the one
// with the most fixed text counts.
func Match(message string) (Code, bool) {
	p, ok := match(message)
	return p.code, ok
}

func match(message string) (best *pattern, ok bool) {
	best = &pattern{literal: -1}
	for _, p := range patterns() {
		if p.literal > best.literal && p.fits(message) {
			best = p
		}
	}
	return best, best.literal >= 0
}

// Of returns the code of a refusal, by its message, the last line that the kernel says, and by the formats of all
// that it says about the instruction.
func Of(message string, formats []string) (Code, bool) {
	p, matched := match(message)
	if matched && p.narrow {
		return p.code, true
	}
	found := Code{}
	for _, f := range slices.Backward(formats) {
		if c, ok := CodeOf(f); ok && (found.ID == "" || c.Deeper) {
			found = c
		}
	}
	if found.ID != "" {
		return found, true
	}
	if !matched && message == "" {
		return Lookup("BV0002") // without a word
	}
	return p.code, matched
}
