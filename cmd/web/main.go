//go:build js && wasm

// Command web is bpfverdict for a browser: index.html beside it loads it. Objects never leave the page.
package main

import (
	"bytes"
	"context"
	"strings"
	"syscall/js"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

func main() {
	js.Global().Set("bpfverdict", js.ValueOf(map[string]any{
		"version": bpfverdict.Version(),
		"kernels": strings.Join(kernel.Names(), " "),
		"default": kernel.Default(),
		"check":   js.FuncOf(check),
	}))
	select {}
}

// check is check(name, bytes, kernels, format): the name and bytes of an object, models with spaces between, and html, json or
// table. It returns {text} or {error}.
func check(_ js.Value, args []js.Value) any {
	if len(args) != 4 {
		return map[string]any{"error": "use check(name, bytes, kernels, format)"}
	}
	data := make([]byte, args[1].Get("length").Int())
	js.CopyBytesToGo(data, args[1])
	text, err := judge(args[0].String(), data, strings.Fields(args[2].String()), args[3].String())
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"text": text}
}

// judge returns what kernels say of an object, in a format.
func judge(name string, data []byte, kernels []string, format string) (string, error) {
	obj, err := bpfverdict.OpenBytes(name, data)
	if err != nil {
		return "", err
	}
	var results []*report.Result
	for _, k := range kernels {
		m, err := kernel.Load(k)
		if err != nil {
			return "", err
		}
		r, err := obj.Check(context.Background(), m, bpfverdict.Explain())
		if err != nil {
			return "", err
		}
		results = append(results, r)
	}
	var out bytes.Buffer
	all := report.Merge(results)
	switch format {
	case "json":
		err = report.JSON(&out, all)
	case "table":
		err = report.Table(&out, all, report.TableOptions{})
	default:
		err = report.HTML(&out, all)
	}
	return out.String(), err
}
