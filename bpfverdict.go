// Package bpfverdict says what the Linux BPF verifier will say about compiled BPF
// objects, on any kernel it has a model of, without a kernel and without root.
package bpfverdict

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// DefaultKernel is the model Check judges by when it isn't told another.
const DefaultKernel = "6.18"

// An Option changes how Check works.
type Option func(*checker) error

// WithKernel judges by the built-in model of that name.
func WithKernel(name string) Option {
	return func(c *checker) (err error) {
		c.model, err = kmodel.Load(name)
		return err
	}
}

// WithModel judges by the given model.
func WithModel(m *kmodel.Model) Option {
	return func(c *checker) error { c.model = m; return nil }
}

// WithJobs verifies at most n programs at a time; below 1 means one per CPU.
func WithJobs(n int) Option {
	return func(c *checker) error { c.jobs = n; return nil }
}

// WithLogLevel asks for the kernel's log text: 0 the messages of a rejection, 1 the
// failing path, 2 everything.
func WithLogLevel(n int) Option {
	return func(c *checker) error { c.logLevel = n; return nil }
}

// WithFilter judges only the programs for which keep is true; object is the
// file name without its folders.
func WithFilter(keep func(object, program string) bool) Option {
	return func(c *checker) error { c.keep = keep; return nil }
}

// WithProgramTimeout gives up on a program after d; it is then unsupported.
func WithProgramTimeout(d time.Duration) Option {
	return func(c *checker) error { c.timeout = d; return nil }
}

// WithObserver calls f before and after each program. Calls may come from several
// goroutines at once.
func WithObserver(f func(Event)) Option {
	return func(c *checker) error { c.observe = f; return nil }
}

// Event tells of one program's start or end.
type Event struct {
	Object, Program string
	Image           *object.Image   // nil where linking failed
	Result          *report.Program // nil at the start
}

// InputError is a file that could not be read as a BPF object.
type InputError struct {
	Path string
	Err  error
}

func (e *InputError) Error() string {
	why := e.Err.Error()
	if le := new(object.LoadError); errors.As(e.Err, &le) {
		why = le.Reason // the rest names the file again
	}
	return e.Path + ": " + why
}

func (e *InputError) Unwrap() error { return e.Err }

// Check judges every program of the object at path; of a directory, of each *.o in it.
// See CheckAll.
func Check(ctx context.Context, path string, opts ...Option) (*report.Result, error) {
	return CheckAll(ctx, []string{path}, opts...)
}

// CheckAll judges every program of the objects at paths, in the order of paths, of
// file names in a directory, and of programs in an object. Files that can't be read
// as BPF objects are reported as InputErrors, joined, beside the result of the others.
// When ctx is cancelled it returns what was found so far and ctx's error.
func CheckAll(ctx context.Context, paths []string, opts ...Option) (*report.Result, error) {
	c := &checker{judge: verifier.Verify}
	for _, o := range opts {
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if c.model == nil {
		if err := WithKernel(DefaultKernel)(c); err != nil {
			return nil, err
		}
	}
	if c.jobs < 1 {
		c.jobs = runtime.NumCPU()
	}
	files, err := expand(paths)
	if err != nil {
		return nil, err
	}
	return c.run(ctx, files)
}

// expand replaces directories by the objects in them.
func expand(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		st, err := os.Stat(p)
		if err != nil {
			return nil, &InputError{p, pathError(err)}
		}
		if !st.IsDir() {
			files = append(files, p)
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			return nil, &InputError{p, pathError(err)}
		}
		n := len(files)
		for _, e := range entries {
			if !e.IsDir() && strings.HasSuffix(e.Name(), ".o") {
				files = append(files, filepath.Join(p, e.Name()))
			}
		}
		if len(files) == n {
			return nil, &InputError{p, errors.New("no *.o file in this directory")}
		}
	}
	return files, nil
}

// pathError drops what InputError says anyway.
func pathError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return fmt.Errorf("can't read: %w", err)
}
