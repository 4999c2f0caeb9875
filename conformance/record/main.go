// Command record keeps what a real kernel says. Of our own objects it writes the answers beside them, for tests
// that need no kernel; of a corpus it makes a file that conformance compares with. It reads the oracle's JSON
// lines:
//
//	oracle examples/*.o | go run ./conformance/record -kernel 6.18.44 -dir examples
//	conformance/oracle/qemu.sh 7.2 CORPUS/*.o | go run ./conformance/record -corpus selftests-6.12 -of KERNELS/7.2 -dir DIR
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
	dir := flag.String("dir", ".", "the `DIR` of the objects; with -corpus, where the file goes")
	corpus := flag.String("corpus", "", "the `NAME` of the corpus that the answers are about")
	of := flag.String("of", "", "the `FOLDER` that oracle/kernel.sh has made of the kernel that answered")
	flag.Parse()
	var err error
	if *corpus == "" {
		err = record(*name, *dir)
	} else {
		var file string
		if file, err = recordCorpus(os.Stdin, *corpus, *of, *dir); err == nil {
			fmt.Println(file)
		}
	}
	if err != nil {
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
