package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// Loaders that set constants can be asked what they set: bpftool map dump of .rodata shows it as JSON.

// JSONSets returns what --set takes for variables in JSON: those of an object, NAME: VALUE, or of what bpftool map dump
// prints. Of a variable that has texts in it these are left as they are: a program's messages are such.
func JSONSets(text string) ([]string, error) {
	d := json.NewDecoder(strings.NewReader(quoteWords(text)))
	d.UseNumber()
	v, err := readJSON(d, 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows it")
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	s := jsonSets{room: maxSets}
	for _, vars := range dumped(v) {
		for _, m := range vars {
			if !strings.Contains(m.name, "____fmt") {
				s.add(m.name, m.value)
			}
		}
	}
	switch {
	case s.room < 0:
		return nil, fmt.Errorf("the names of its variables' parts have more than %d MB", maxSets>>20)
	case len(s.list) == 0:
		return nil, errors.New("it has no variables: use {\"NAME\": VALUE}, or what bpftool map dump prints of a map with BTF")
	}
	return s.list, nil
}

// bare is a text of JSON, or a word.
var bare = lazyregexp.New(`"(?:[^"\\]|\\.)*"|[^][\s,:{}"]+`)

// quoteWords makes texts of what JSON lacks: bpftool prints bit fields as 0x3, and no pointer as (nil).
func quoteWords(text string) string {
	return bare().ReplaceAllStringFunc(text, func(word string) string {
		if word[0] == '"' || json.Valid([]byte(word)) {
			return word
		}
		return strconv.Quote(word)
	})
}

const (
	maxDepth = 100     // of arrays and objects in each other
	maxSets  = 1 << 26 // bytes: each part of a variable is written out with its whole name
)

// jsonMember is a member of an object. Objects are lists of them: their order counts, and bpftool gives nameless members the
// same name.
type jsonMember struct {
	name  string
	value any
}

// readJSON reads a value: a []jsonMember, []any, json.Number, string, bool or nil.
func readJSON(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	open, _ := t.(json.Delim)
	if err != nil || open == 0 {
		return t, err
	}
	if depth == maxDepth {
		return nil, fmt.Errorf("it nests deeper than %d", maxDepth)
	}
	var members []jsonMember
	list := []any{}
	for d.More() {
		var name string
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ = key.(string)
		}
		v, err := readJSON(d, depth+1)
		if err != nil {
			return nil, err
		}
		if open == '{' {
			members = append(members, jsonMember{name, v})
		} else {
			list = append(list, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if open == '{' {
		return members, nil
	}
	return list, nil
}

// dumped finds the variables: an object itself, or the sections in what bpftool map dump prints.
func dumped(v any) (vars [][]jsonMember) {
	entries, ok := v.([]any)
	if !ok {
		if m, ok := v.([]jsonMember); ok {
			vars = append(vars, m)
		}
		return vars
	}
	for _, e := range entries {
		if m := member(e, "formatted"); m != nil {
			e = m
		}
		sections, _ := member(e, "value").([]jsonMember)
		for _, section := range sections {
			list, _ := section.value.([]any)
			for _, one := range list {
				if m, ok := one.([]jsonMember); ok {
					vars = append(vars, m)
				}
			}
		}
	}
	return vars
}

// member is a member of an object, nil if there is none.
func member(v any, name string) any {
	members, _ := v.([]jsonMember)
	for _, m := range members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// word is a number or the name of an enumerator, as a text.
var word = lazyregexp.New(`^(?:0x[0-9a-fA-F]+|-?[0-9]+|[A-Za-z_][A-Za-z0-9_]*)$`)

// jsonSets is what --set takes for variables.
type jsonSets struct {
	list []string
	room int // bytes that they may still have; below 0 they have more
}

// add adds what sets a variable, or a part of one.
func (s *jsonSets) add(name string, v any) {
	if s.room -= len(name); s.room < 0 {
		return
	}
	switch v := v.(type) {
	case []jsonMember:
		for _, m := range v {
			part := name
			if m.name != "" { // members of a nameless one go by its own name
				part += "." + m.name
			}
			if s.add(part, m.value); s.room < 0 {
				return
			}
		}
	case []any:
		for i, e := range v {
			if s.add(fmt.Sprintf("%s[%d]", name, i), e); s.room < 0 {
				return
			}
		}
	case bool:
		s.set(name, map[bool]string{false: "0", true: "1"}[v])
	case json.Number:
		s.set(name, v.String())
	case string:
		s.set(name, v)
	}
}

// set sets a part to a number or an enumerator; texts are neither.
func (s *jsonSets) set(name, value string) {
	if word().MatchString(value) {
		s.list = append(s.list, name+"="+value)
	}
}
