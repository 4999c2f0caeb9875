package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// withModules is how the name of a corpus ends that kernels with modules loaded have judged.
const withModules = "-modules"

// loadKernel returns the kernel to judge by.
func loadKernel(opts options) (*kernel.Model, error) {
	k, err := modelOf(opts)
	if err == nil {
		k = truth.OnMachine(k, opts.build)
	}
	if err == nil && opts.options != "" {
		k, err = withOptions(k, opts.options)
	}
	if err == nil && opts.cpus != 0 {
		c := k.Config()
		c.CPUs = uint32(opts.cpus)
		k, err = k.With(kernel.WithConfig(c))
	}
	if err == nil && opts.modules != "" {
		if k, err = loadModules(k, opts.modules); err != nil {
			err = fmt.Errorf("-modules %s: %w", opts.modules, err)
		}
	}
	return k, err
}

// modelOf is the model of that name with the types asked for, or what is derived of these where there is no model.
func modelOf(opts options) (*kernel.Model, error) {
	k, err := kernel.Load(opts.kernel)
	unknown := errors.Is(err, kernel.ErrUnknownModel)
	if opts.btf == "" || err != nil && !unknown {
		return k, err
	}
	k, err = fromFile(opts.btf, func(f *os.File) (*kernel.Model, error) {
		if unknown {
			return kernel.Detect(f, opts.kernel)
		}
		return k.With(kernel.WithBTF(f))
	})
	if err != nil {
		err = fmt.Errorf("-btf %s: %w", opts.btf, err)
	}
	return k, err
}

// withOptions returns the kernel as a file of build options says that it was built.
func withOptions(k *kernel.Model, file string) (*kernel.Model, error) {
	return fromFile(file, func(f *os.File) (*kernel.Model, error) {
		c, err := kernel.ReadConfig(f, k.Config())
		if err != nil {
			return nil, fmt.Errorf("-options %s: %w", file, err)
		}
		return k.With(kernel.WithConfig(c))
	})
}

// fromFile returns the kernel that is made of a file.
func fromFile(path string, read func(*os.File) (*kernel.Model, error)) (*kernel.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f)
}

// loadModules adds the modules in a folder, NAME.ko or NAME.btf, in the order of their names, and what kfuncs.yaml says of
// them, where there is one.
func loadModules(k *kernel.Model, dir string) (*kernel.Model, error) {
	var files []string
	for _, pattern := range []string{"*.ko", "*.btf"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, errors.New("there are no modules: NAME.ko or NAME.btf")
	}
	for _, file := range files {
		var err error
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		k, err = fromFile(file, func(f *os.File) (*kernel.Model, error) { return k.With(kernel.WithModule(f, name)) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "kfuncs.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	return k.With(kernel.WithKfuncs(text))
}
