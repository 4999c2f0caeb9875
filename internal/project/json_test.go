package project

import (
	"slices"
	"strings"
	"testing"
)

func TestJSONSets(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
		err  string
	}{
		{`{"debug": true, "level": 3, "big": 18446744073709551615, "mode": "MODE_A", "name": "two words"}`, []string{"debug=1", "level=3", "big=18446744073709551615", "mode=MODE_A"}, ""},
		{`{"a": [1, {"b": -2}], "s": {"": {"x": 4}, "y": 5}, "none": null, "f": 1.5}`, []string{"a[0]=1", "a[1].b=-2", "s.x=4", "s.y=5"}, ""},
		{`{"b": 1, "a": 2, "b": 3}`, []string{"b=1", "a=2", "b=3"}, ""}, // in order, and all: the last one counts
		{`[{"key": 0, "value": {".rodata": [{"x": 1}, {"main.____fmt": "7"}]}}]`, []string{"x=1"}, ""},
		{`[{"key": ["0x00"], "value": ["0x01"], "formatted": {"key": 0, "value": {".rodata": [{"x": 2}]}}}]`, []string{"x=2"}, ""},
		{`{}`, nil, `it has no variables: use {"NAME": VALUE}, or what bpftool map dump prints of a map with BTF`},
		{`{"a": 1} 2`, nil, "it is no JSON: something follows it"},
		{`{"a": 1`, nil, "it is no JSON: unexpected EOF"},
		{`{"bits": 0x3, "at": (nil), a: "0x4,\" 0x5"}`, []string{"bits=0x3"}, ""},
		{`{"a" 1}`, nil, "it is no JSON: invalid character '1'"},
		{strings.Repeat("[", 1<<20), nil, "it is no JSON: it nests deeper than 100"},
		{`{"` + strings.Repeat("n", 1<<16) + `": [` + strings.Repeat("0,", 1<<16) + `0]}`, nil, "the names of its variables' parts have more than 64 MB"},
	} {
		got, err := JSONSets(c.text)
		switch {
		case c.err == "" && (err != nil || !slices.Equal(got, c.want)):
			t.Errorf("%.60s: %q %v, want %q", c.text, got, err, c.want)
		case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)):
			t.Errorf("%.60s: %q %v, want %s", c.text, got, err, c.err)
		}
	}
}
