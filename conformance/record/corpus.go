package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
)

// recordCorpus writes the oracle's answers about a corpus as a file of answers, and returns its name. folder is what
// oracle/kernel.sh has left of the kernel that answered; "" where the oracle's own first line says who did.
func recordCorpus(in io.Reader, corpus, folder, dir string) (string, error) {
	file, err := truth.Read(in)
	if err != nil {
		return "", err
	}
	if len(file.Records) == 0 {
		return "", errors.New("there are no answers: give the oracle's lines on stdin")
	}
	if folder != "" {
		if file.Header, err = describe(folder, file.Header); err != nil {
			return "", err
		}
	}
	build := buildOf(file.Header)
	if build == "" {
		return "", errors.New("nobody says which kernel answered: name its folder with -of")
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	enc := json.NewEncoder(z)
	enc.SetEscapeHTML(false)
	err = enc.Encode(file.Header)
	for i := range file.Records {
		r := &file.Records[i]
		r.LogTail = withoutSource(r.LogTail)
		err = errors.Join(err, enc.Encode(r))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return "", err
	}
	name := filepath.Join(dir, truth.Name(corpus, build))
	return name, os.WriteFile(name, b.Bytes(), 0o644)
}

// packaged is how Debian's kernels say what they are built from, as the releases of some are the same for all updates. It
// stands behind the "#" of the build; before that the compiler says the same of itself.
var packaged = regexp.MustCompile(`#.* Debian (\d+(?:\.\d+)+)-`)

// buildOf is the stable kernel that answered, "6.1.176", "6.18.15-arm64" on another machine than amd64, "" if nobody says
// which.
func buildOf(h truth.Header) string {
	release, _, _ := strings.Cut(h.Uname, " ")
	build := release
	if i := strings.IndexAny(build, "-+"); i >= 0 {
		build = build[:i]
	}
	for _, said := range []string{h.Uname, h.Build} {
		if m := packaged.FindStringSubmatch(said); m != nil {
			build = m[1]
			break
		}
	}
	if strings.HasSuffix(release, "-arm64") {
		build += "-arm64"
	}
	return build
}

// withoutSource is a log without the lines of source that it quotes: those are other people's code.
func withoutSource(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "; ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// banner is how a kernel's image names its build.
var banner = regexp.MustCompile(`Linux version (\S+) \([^\x00\n]*\) #[^\x00\n]+`)

// describe completes what is said of who answered by the files of its folder: release, vmlinux and config, which is not
// always to be had.
func describe(folder string, h truth.Header) (truth.Header, error) {
	release, err := os.ReadFile(filepath.Join(folder, "release"))
	if err != nil {
		return h, err
	}
	image, err := os.ReadFile(filepath.Join(folder, "vmlinux"))
	if err != nil {
		return h, err
	}
	found := banner.FindSubmatch(image)
	name := strings.TrimSpace(string(release))
	if found == nil || string(found[1]) != name {
		return h, fmt.Errorf("%s: the image is not of %s", folder, name)
	}
	if h.Uname != "" && !strings.HasPrefix(h.Uname, name+" ") {
		return h, fmt.Errorf("%s is the folder of %s, and %s answered", folder, name, h.Uname)
	}
	if h.Build = string(found[0]); h.Uname == "" {
		h.Uname = name
	}
	config, err := os.ReadFile(filepath.Join(folder, "config"))
	switch {
	case err == nil:
		h.Config = fmt.Sprintf("%x", sha256.Sum256(config))
	case !errors.Is(err, os.ErrNotExist):
		return h, err
	}
	return h, nil
}
