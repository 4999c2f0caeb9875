// Package codes holds a page for each code of package diagnosis: the rule, why it exists, a program that breaks
// it and one that keeps it, and what kernels say. The pages are made by the tests of package diagnosis.
package codes

import "embed"

//go:embed *.md
var pages embed.FS

// Page returns the page of a code, such as "BV0301", in Markdown; false if there is no such code.
func Page(id string) (string, bool) {
	text, err := pages.ReadFile(id + ".md")
	return string(text), err == nil
}
