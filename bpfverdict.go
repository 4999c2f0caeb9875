package bpfverdict

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// An Object is a BPF object, read and understood. It is immutable: it may be checked against several kernels
// from several goroutines.
type Object object.File

// Open reads the BPF object in a file. Of options it obeys Loader. The error is an *InputError, in which errors.As
// finds a *LoadError where the file could be read and holds no BPF object that the loader would open.
func Open(name string, opts ...Option) (*Object, error) {
	return newOptions(opts).open(name)
}

// OpenReader reads a BPF object from r, which is not used afterwards; name is what results call it. Options and
// errors are those of Open.
func OpenReader(name string, r io.ReaderAt, opts ...Option) (*Object, error) {
	return newOptions(opts).read(name, func(l *object.Loader) (*object.Object, error) {
		return l.Read(baseName(name), io.NewSectionReader(r, 0, object.MaxSize+1))
	})
}

// OpenBytes reads a BPF object from memory, such as the bytes that bpf2go embeds; name is what results call it.
// Options and errors are those of Open.
func OpenBytes(name string, data []byte, opts ...Option) (*Object, error) {
	return OpenReader(name, bytes.NewReader(data), opts...)
}

// OpenFS reads the BPF object in a file of fsys. Options and errors are those of Open.
func OpenFS(fsys fs.FS, name string, opts ...Option) (*Object, error) {
	return newOptions(opts).read(name, func(l *object.Loader) (*object.Object, error) {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return l.Read(path.Base(name), f)
	})
}

// open is Open, and for - reads the standard input.
func (o *options) open(name string) (*Object, error) {
	return o.read(name, func(l *object.Loader) (*object.Object, error) {
		if name == stdin {
			return l.Read("stdin", os.Stdin)
		}
		return l.Load(name)
	})
}

// read turns what may go wrong into the errors of Open.
func (o *options) read(name string, load func(*object.Loader) (*object.Object, error)) (_ *Object, err error) {
	defer recovered(name, &err)
	if o.loaderErr != nil {
		return nil, o.loaderErr
	}
	obj, err := load(o.loader)
	if err != nil {
		return nil, &InputError{name, pathError(err)}
	}
	return (*Object)(object.NewFile(name, obj)), nil
}

// Name returns the name the object was opened by.
func (o *Object) Name() string { return o.file().Name() }

func (o *Object) file() *object.File { return (*object.File)(o) }

// A Rejection is a program that would not load; see [report.Rejection].
type Rejection = report.Rejection

// ErrUnsupported is what a program's error is that the model can't judge.
var ErrUnsupported = report.ErrUnsupported

// A BugError is a bug of ours that kept a program, or an object, from an answer.
type BugError = report.BugError

// A LoadError says why something is no BPF object, or none that libbpf would open. errors.Is finds its Errno.
type LoadError = object.LoadError

// An InputError is an input that could not be used: a file that can't be read or that is no BPF object, a
// folder without objects.
type InputError struct {
	Path string // as the caller gave it
	Err  error
}

func (e *InputError) Error() string {
	why := e.Err.Error()
	if le := new(LoadError); errors.As(e.Err, &le) {
		why = le.Reason // the rest names the file again
		if le.Hint != "" {
			why += "; " + le.Hint
		}
	}
	return report.EscapeLines(e.Path + ": " + why)
}

// Unwrap gives the cause.
func (e *InputError) Unwrap() error { return e.Err }

// pathError drops what InputError says anyway.
func pathError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
