// Command record writes what a real kernel says about our own objects beside them, for tests
// that need no kernel. It reads the oracle's JSON lines:
//
//	oracle examples/*.o | go run ./conformance/record -kernel 6.18.44 -dir examples
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
)

func main() {
	name := flag.String("kernel", "", "the kernel's `VERSION`")
	dir := flag.String("dir", ".", "the `DIR` of the objects")
	flag.Parse()
	if err := record(*name, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(kernel, dir string) error {
	if kernel == "" {
		return fmt.Errorf("-kernel VERSION is needed")
	}
	file, err := truth.Read(os.Stdin)
	if err != nil {
		return err
	}
	byObject := map[string][]truth.Record{}
	for _, r := range file.Records {
		byObject[r.Object] = append(byObject[r.Object], r)
	}
	for object, rs := range byObject {
		path := truth.AnswersPath(filepath.Join(dir, object))
		all, err := truth.ReadAnswers(path)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		if all == nil {
			all = truth.Answers{}
		}
		all[kernel] = truth.Summarise(rs)
		if err := truth.WriteAnswers(path, all); err != nil {
			return err
		}
	}
	return nil
}
