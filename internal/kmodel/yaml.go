package kmodel

import (
	"fmt"
	"strings"
)

// yamlItem is one mapping of a list; yamlField one key of it.
type yamlItem struct {
	line   int
	fields []yamlField
}

type yamlField struct {
	line   int
	key    string
	values []string
}

// value is the field's only value.
func (f yamlField) value() string { return strings.Join(f.values, " ") }

// parseYAMLList reads "root:" and below it a list of mappings from names to a value or a list of values.
// It is what overlays need of YAML, and refuses the rest.
func parseYAMLList(text, root string) ([]yamlItem, error) {
	var items []yamlItem
	seenRoot := false
	itemIndent, fieldIndent := -1, -1
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(stripYAMLComment(line), " \t\r\n")
		body := strings.TrimLeft(line, " ")
		indent := len(line) - len(body)
		bad := func(format string, args ...any) error { return &OverlayError{n, fmt.Sprintf(format, args...)} }
		switch {
		case body == "" || body == "---":
			continue
		case strings.Contains(line[:indent+min(1, len(body))], "\t"):
			return nil, bad("tabs cannot indent")
		case !seenRoot:
			if body != root+":" {
				return nil, bad("the file must start with %q", root+":")
			}
			seenRoot = true
			continue
		}
		rest, isItem := strings.CutPrefix(body, "- ")
		if isItem && len(items) > 0 && indent > itemIndent {
			// an element of the last field's list
			last := &items[len(items)-1]
			if len(last.fields) == 0 {
				return nil, bad("a list without a name")
			}
			v, err := yamlScalar(rest)
			if err != nil {
				return nil, bad("%v", err)
			}
			f := &last.fields[len(last.fields)-1]
			f.values = append(f.values, v)
			continue
		}
		if isItem {
			if itemIndent >= 0 && indent != itemIndent {
				return nil, bad("list items must be indented alike")
			}
			itemIndent, fieldIndent = indent, indent+len(body)-len(strings.TrimLeft(rest, " "))
			items = append(items, yamlItem{line: n})
			body = strings.TrimLeft(rest, " ")
		} else if len(items) == 0 || indent != fieldIndent {
			return nil, bad("expected %q, indented as a list", "- name: ...")
		}
		key, val, ok := strings.Cut(body, ":")
		if !ok || strings.ContainsAny(key, " \"'[]{}") {
			return nil, bad("expected \"key: value\"")
		}
		f := yamlField{line: n, key: key}
		val = strings.TrimSpace(val)
		if inner, isList := strings.CutPrefix(val, "["); isList {
			inner, closed := strings.CutSuffix(inner, "]")
			if !closed {
				return nil, bad("a list must end on its line")
			}
			for v := range strings.SplitSeq(inner, ",") {
				if v = strings.TrimSpace(v); v != "" {
					s, err := yamlScalar(v)
					if err != nil {
						return nil, bad("%v", err)
					}
					f.values = append(f.values, s)
				}
			}
		} else if val != "" {
			s, err := yamlScalar(val)
			if err != nil {
				return nil, bad("%v", err)
			}
			f.values = []string{s}
		}
		last := &items[len(items)-1]
		last.fields = append(last.fields, f)
	}
	if !seenRoot {
		return nil, &OverlayError{max(n, 1), fmt.Sprintf("the file must start with %q", root+":")}
	}
	return items, nil
}

// stripYAMLComment drops a comment: "#" at the start or after a space, outside quotes.
func stripYAMLComment(s string) string {
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#' && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return s[:i]
		}
	}
	return s
}

func yamlScalar(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", fmt.Errorf("a value is missing")
	}
	switch s[0] {
	case '"', '\'':
		if len(s) < 2 || s[len(s)-1] != s[0] {
			return "", fmt.Errorf("a quote is not closed")
		}
		return s[1 : len(s)-1], nil
	case '{', '&', '*', '!', '|', '>', '%', '@', '`':
		return "", fmt.Errorf("%q starts YAML that is not supported here", s[:1])
	}
	return s, nil
}
