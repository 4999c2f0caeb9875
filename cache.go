package bpfverdict

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// Cache keeps answers in a folder, and takes those that are there: by the object's bytes, the model with its configuration
// and changes, presets, loader, what is asked for, and the version of this module; of one that is built from changed
// sources, by the program itself. Answers that the machine may have had a part in, by its time or memory, are not kept.
// Several processes may use a folder. Where it can't be written, nothing is kept.
func Cache(dir string) Option { return func(o *options) { o.cache = dir } }

// cacheForm changes with what is kept, and how.
const cacheForm = "bpfverdict cache 1"

// builder tells versions of this module apart: its version, or the bytes of the program that it is in.
var builder = sync.OnceValue(func() string {
	if v := Version(); v != "devel" && !strings.Contains(v, "dirty") {
		return v
	}
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(exe)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
})

// cacheEntry is what a kernel says of programs of an object.
type cacheEntry struct {
	Programs []cacheProgram `json:"programs"`
	// Sources are digests of the source files that were looked for, "" of those that could not be read.
	Sources map[string]string `json:"sources"`
}

// cacheProgram is a program's answer with what JSON leaves out.
type cacheProgram struct {
	report.Program
	Lines []string `json:"lines"`
}

// cached returns what judge says of some programs of an object, or what is kept of that. Errors are not kept.
func (r *trial) cached(name string, o *object.Object, programs []string, judge func() ([]report.Program, error)) ([]report.Program, error) {
	file := r.cacheFile(name, o, programs)
	if file == "" {
		return judge()
	}
	if list, ok := r.kept(file, name); ok {
		return list, nil
	}
	list, err := judge()
	if err == nil && len(list) == len(programs) {
		keep(file, list, r.texts.digests())
	}
	return list, err
}

// cacheFile is where the answers are kept; "" where they can't be told from others.
func (r *trial) cacheFile(name string, o *object.Object, programs []string) string {
	if r.cache == "" || builder() == "" {
		return ""
	}
	var said [][]string
	for _, p := range r.presets {
		if p.said == nil {
			return ""
		}
		said = append(said, p.said)
	}
	key, err := json.Marshal([]any{
		cacheForm, builder(), hex.EncodeToString(o.SHA256[:]), baseName(name), r.loader.Name(), said, r.facts(),
		r.logLevel, r.explain, r.hot, r.often, r.sourceRoots, r.pathMaps, programs,
	})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(key)
	text := hex.EncodeToString(sum[:])
	return filepath.Join(r.cache, text[:2], text[2:])
}

var (
	cacheEncoder = sync.OnceValue(func() *zstd.Encoder { e, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); return e })
	cacheDecoder = sync.OnceValue(func() *zstd.Decoder {
		d, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxKept))
		return d
	})
)

// maxKept bounds what is kept of an object, in bytes, so that logs don't fill a disk.
const maxKept = 64 << 20

// kept returns what a file of the cache has, if the sources that it shows are still the same.
func (r *trial) kept(file, name string) ([]report.Program, bool) {
	packed, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	text, err := cacheDecoder().DecodeAll(packed, nil)
	if err != nil {
		return nil, false
	}
	var e cacheEntry
	if json.Unmarshal(text, &e) != nil {
		return nil, false
	}
	for file, digest := range e.Sources {
		if digestOf(r.texts.lines(file)) != digest {
			return nil, false
		}
	}
	list := e.list()
	for i := range list {
		list[i].Object = name
		if r.observe != nil {
			event := Event{Object: name, Program: list[i].Name}
			r.observe(event)
			event.Result = &list[i]
			r.observe(event)
		}
	}
	return list, true
}

func (e *cacheEntry) list() []report.Program {
	list := make([]report.Program, len(e.Programs))
	for i := range e.Programs {
		list[i] = e.Programs[i].Program
		list[i].Lines = e.Programs[i].Lines
	}
	return list
}

// keep writes answers to a file of the cache, if nothing of them is lost that way.
func keep(file string, list []report.Program, sources map[string]string) {
	e := cacheEntry{Sources: sources}
	for _, p := range list {
		if p.Verdict == report.Unsupported || p.Bug {
			return
		}
		e.Programs = append(e.Programs, cacheProgram{p, p.Lines})
	}
	text, err := json.Marshal(&e)
	if err != nil || len(text) > maxKept {
		return
	}
	var back cacheEntry
	if json.Unmarshal(text, &back) != nil || !reflect.DeepEqual(back.list(), list) {
		return
	}
	_ = writeWhole(file, cacheEncoder().EncodeAll(text, nil)) // what can't be kept is judged again
}

// writeWhole writes a file such that others find all of it or nothing.
func writeWhole(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// digestOf tells source files apart; "" for none.
func digestOf(lines []string) string {
	if lines == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
