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
	k, err := kernel.Load(opts.kernel)
	if err == nil {
		k = truth.OnMachine(k, opts.build)
	}
	if err == nil && opts.cpus != 0 {
		c := k.Config()
		c.CPUs = uint32(opts.cpus)
		k, err = k.With(kernel.WithConfig(c))
	}
	if err == nil && opts.btf != "" {
		if k, err = withFile(k, opts.btf, func(f *os.File) kernel.Option { return kernel.WithBTF(f) }); err != nil {
			err = fmt.Errorf("-btf %s: %w", opts.btf, err)
		}
	}
	if err == nil && opts.modules != "" {
		if k, err = loadModules(k, opts.modules); err != nil {
			err = fmt.Errorf("-modules %s: %w", opts.modules, err)
		}
	}
	return k, err
}

// withFile returns the kernel with an option that is made of a file.
func withFile(k *kernel.Model, path string, option func(*os.File) kernel.Option) (*kernel.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return k.With(option(f))
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
		if k, err = withFile(k, file, func(f *os.File) kernel.Option { return kernel.WithModule(f, name) }); err != nil {
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
