package project

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// Loaders that set constants can be asked what they set: bpftool map dump of .rodata shows it as JSON.

// JSONSets returns what --set takes for variables in JSON: those of an object, NAME: VALUE, or of what bpftool map dump
// prints. Of a variable that has texts in it these are left as they are: a program's messages are such.
func JSONSets(text string) ([]string, error) {
	var v any
	if err := yaml.UnmarshalWithOptions([]byte(text), &v, yaml.UseOrderedMap(), yaml.AllowDuplicateMapKey()); err != nil { // JSON is YAML, and in order
		return nil, fmt.Errorf("it is no JSON: %s", line(err.Error()))
	}
	var sets []string
	for _, vars := range dumped(v) {
		for _, item := range vars {
			if name := fmt.Sprint(item.Key); !strings.Contains(name, "____fmt") {
				sets = flatten(sets, name, item.Value)
			}
		}
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("it has no variables: use {\"NAME\": VALUE}, or what bpftool map dump prints of a map with BTF")
	}
	return sets, nil
}

// dumped finds the variables: an object itself, or the sections in what bpftool map dump prints.
func dumped(v any) (vars []yaml.MapSlice) {
	entries, ok := v.([]any)
	if !ok {
		if m, ok := v.(yaml.MapSlice); ok {
			vars = append(vars, m)
		}
		return vars
	}
	for _, e := range entries {
		if m := member(e, "formatted"); m != nil {
			e = m
		}
		sections, _ := member(e, "value").(yaml.MapSlice)
		for _, section := range sections {
			list, _ := section.Value.([]any)
			for _, one := range list {
				if m, ok := one.(yaml.MapSlice); ok {
					vars = append(vars, m)
				}
			}
		}
	}
	return vars
}

// line is the first line of a text.
func line(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// member is a member of an object, nil if there is none.
func member(v any, name string) any {
	m, _ := v.(yaml.MapSlice)
	for _, item := range m {
		if item.Key == name {
			return item.Value
		}
	}
	return nil
}

// word is a number or the name of an enumerator, as a text.
var word = lazyregexp.New(`^(?:0x[0-9a-fA-F]+|-?[0-9]+|[A-Za-z_][A-Za-z0-9_]*)$`)

// flatten adds to sets those of a variable, or a part of one.
func flatten(sets []string, name string, v any) []string {
	switch v := v.(type) {
	case yaml.MapSlice:
		for _, item := range v {
			part := name
			if key := fmt.Sprint(item.Key); key != "" { // members of a nameless one go by its own name
				part += "." + key
			}
			sets = flatten(sets, part, item.Value)
		}
	case []any:
		for i, e := range v {
			sets = flatten(sets, fmt.Sprintf("%s[%d]", name, i), e)
		}
	case bool:
		sets = append(sets, fmt.Sprintf("%s=%d", name, map[bool]int{true: 1}[v]))
	case int64, uint64, int:
		sets = append(sets, fmt.Sprintf("%s=%d", name, v))
	case string:
		if word().MatchString(v) {
			sets = append(sets, name+"="+v)
		}
	}
	return sets
}
