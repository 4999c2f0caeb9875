package explain

import (
	"regexp"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// span returns the column and width of the expression that a compiler's column points into: a call with its
// arguments, a member with what it is a member of, a name. Width 0 means that the column tells nothing.
func span(text string, column int) (int, int) {
	at := column - 1
	if at < 0 || at >= len(text) {
		return column, 0
	}
	end := at
	for end < len(text) && strings.IndexByte("*&!~-", text[end]) >= 0 && end == at {
		end++
	}
	from := at
	if end == at && isWord(text[at]) {
		from = chainStart(text, at)
	}
	for end < len(text) && text[end] == '(' && isCast(text, end) {
		for end = closing(text, end) + 1; end < len(text) && strings.IndexByte("*& ", text[end]) >= 0; {
			end++
		}
	}
	end = chainEnd(text, end)
	if end == at { // an operator: the expression to its left, up to the statement's beginning
		for end < len(text) && strings.IndexByte("=<>!&|+-*/%^", text[end]) >= 0 {
			end++
		}
		end = max(end, at+1)
	}
	return from + 1, end - from
}

// isCast reports that the bracket at holds a type of pointer: "(u32 *)".
func isCast(text string, at int) bool {
	end := closing(text, at)
	return end > 0 && strings.HasSuffix(strings.TrimRight(text[at:end], " "), "*")
}

// chainStart goes left over what a member belongs to: "a->b[i]." before "c".
func chainStart(text string, at int) int {
	for {
		i := at
		switch {
		case strings.HasSuffix(text[:i], "->"):
			i -= 2
		case strings.HasSuffix(text[:i], "."):
			i--
		default:
			return at
		}
		for i > 0 && text[i-1] == ']' {
			open := strings.LastIndexByte(text[:i], '[')
			if open < 0 {
				return at
			}
			i = open
		}
		from := i
		for from > 0 && isWord(text[from-1]) {
			from--
		}
		if from == i {
			return at
		}
		at = from
	}
}

// chainEnd goes right over a name, its members, indexes and arguments.
func chainEnd(text string, at int) int {
	for at < len(text) {
		switch c := text[at]; {
		case isWord(c):
			at++
		case c == '(' || c == '[':
			end := closing(text, at)
			if end < 0 {
				return at
			}
			at = end + 1
			if c == '(' {
				return at
			}
		case strings.HasPrefix(text[at:], "->"):
			at += 2
		case c == '.' && at+1 < len(text) && isWord(text[at+1]):
			at++
		default:
			return at
		}
	}
	return at
}

// closing is the index of what closes the bracket at, -1 if the line ends before.
func closing(text string, at int) int {
	depth := 0
	for i := at; i < len(text); i++ {
		switch text[i] {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// assignment is "name = value" or "type *name = value", without comparisons.
var assignment = lazyregexp.New(`^[^=!<>()]*?([A-Za-z_]\w*(?:(?:->|\.)\w+|\[\w+\])*)\s*=\s*([^=].*)$`)

// nested is an assignment in a condition: "if (!(e = f()))".
var nested = lazyregexp.New(`\(\s*([A-Za-z_]\w*)\s*=\s*([^=].*)$`)

// assigned returns the name that a line gives to the result of a call of callee, or to any value if callee is "";
// "" if it gives none.
func assigned(text, callee string) string {
	for _, re := range []func() *regexp.Regexp{assignment, nested} {
		m := re().FindStringSubmatch(text)
		if m == nil || callee != "" && !begins(m[2], callee) {
			continue
		}
		return m[1]
	}
	return ""
}

// begins reports that an expression is a call of callee, perhaps cast.
func begins(expr, callee string) bool {
	expr = strings.TrimLeft(expr, "!( ")
	if strings.HasPrefix(expr, callee) {
		return true
	}
	if i := strings.IndexByte(expr, ')'); i >= 0 { // a cast
		return strings.HasPrefix(strings.TrimLeft(expr[i+1:], " "), callee)
	}
	return false
}

// leftSide is the end of what is left of an assignment.
var leftSide = lazyregexp.New(`[*]?[A-Za-z_](?:\w|->|\.|\[[^\]]*\])*\s*$`)

// assignedTo is where the expression begins and ends that is assigned to by the operator at a column; nothing if there is none.
func assignedTo(text string, column int) (from, to int) {
	at := column - 1
	if at < 0 || at >= len(text) || !strings.Contains(strings.TrimLeft(text[at:min(at+3, len(text))], "+-*/&|^<>%"), "=") {
		return 0, 0
	}
	m := leftSide().FindStringIndex(text[:at])
	if m == nil {
		return 0, 0
	}
	return m[0], m[0] + len(strings.TrimRight(text[m[0]:m[1]], " \t"))
}

// base is the expression of which the one at a column takes a member or element: "v" of "v->x", "*v" and "v[2]".
func base(text string, column, width int) string {
	if column < 1 || width < 1 || column-1+width > len(text) {
		return ""
	}
	expr := text[column-1 : column-1+width]
	if rest, ok := strings.CutPrefix(expr, "*"); ok {
		if !strings.HasPrefix(rest, "(") {
			return rest
		}
		if !isCast(rest, 0) {
			return ""
		}
		expr = strings.TrimLeft(rest[closing(rest, 0)+1:], " ")
		if inner, ok := strings.CutPrefix(expr, "&"); ok {
			return base(inner, 1, len(inner))
		}
		return expr
	}
	i := max(strings.LastIndex(expr, "->"), strings.LastIndexByte(expr, '['))
	if i <= 0 || strings.ContainsAny(expr[:i], "(") {
		return ""
	}
	return expr[:i]
}
