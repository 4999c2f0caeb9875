package bpfverdict

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// Shard makes CheckAll and CheckEach check only the i-th of n parts of the objects, counted from 1: which part an object is
// in depends on its bytes alone. report.Join puts the results of all parts together. A preset that no object of a part
// has something for is no error: another part may.
func Shard(i, n int) Option {
	return func(o *options) {
		o.shard, o.shards = i, n
		if i < 1 || i > n {
			o.shardErr = fmt.Errorf("shard %d of %d: parts are counted from 1", i, n)
		}
	}
}

// ours returns the files that are in the run's part. A file that can't be read is in the first: somebody has to say so.
func (r *run) ours(files []string) []string {
	if r.shards == 0 {
		return files
	}
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool { return partOf(file, r.shards) != r.shard })
}

// partOf is the part, from 1, of n, that a file is in.
func partOf(name string, n int) int {
	h := sha256.New()
	f, err := os.Open(name)
	if err == nil {
		defer f.Close()
		_, err = io.Copy(h, io.LimitReader(f, object.MaxSize+1))
	}
	if err != nil {
		return 1
	}
	return 1 + int(binary.BigEndian.Uint64(h.Sum(nil))%uint64(n))
}

// part says in a result which part it is, of which files.
func (r *run) part(files []string) *report.Shard {
	if r.shards == 0 {
		return nil
	}
	return &report.Shard{Index: r.shard, Count: r.shards, Objects: append([]string{}, files...)}
}
