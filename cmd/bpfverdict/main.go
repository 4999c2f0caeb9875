// Command bpfverdict says what the Linux BPF verifier will say about compiled BPF objects.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/near"
	"github.com/bpfverdict/bpfverdict/report"
)

// Exit codes.
const (
	exitAccepted    = 0 // every program was accepted
	exitRejected    = 1 // some program would not load
	exitUsage       = 2 // wrong usage or input
	exitUnsupported = 3 // the model can't judge some program
	exitBug         = 4 // a bug of ours
	exitInterrupted = 130
)

func main() { os.Exit(doMain(os.Args[1:], os.Stdout, os.Stderr)) }

// exitStatus is an exit code on its way out; whatever there was to say is said.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// doMain runs the command and returns its exit code.
func doMain(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return runMain(ctx, args, stdout, stderr)
}

// runMain is doMain until ctx ends.
func runMain(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "bpfverdict: internal bug: %v\nplease report it with this command: bpfverdict %s\n",
				p, strings.Join(args, " "))
			code = exitBug
		}
	}()
	root := &cobra.Command{
		Use:   "bpfverdict",
		Short: "What the Linux BPF verifier will say about your program, on any kernel, without a kernel",
		Long: "bpfverdict reads compiled BPF objects and says for every program what the verifier of a\n" +
			"given Linux kernel would say. It needs no root, no kernel and no compiler.\n\n" +
			"Exit codes: 0 all accepted, 1 some rejected, 2 usage or input error, 3 something the\n" +
			"model can't judge, 4 a bug of bpfverdict, 130 interrupted.",
		Version:       buildVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Flags().BoolP("version", "V", false, "print the version")
	root.SetVersionTemplate("{{.DisplayName}} {{.Version}}\n")
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		checkCommand(),
		explainCommand(),
		logCommand(),
		matrixCommand(),
		mergeCommand(),
		diffCommand(),
		runCommand(),
		benchCommand(),
		kernelsCommand(),
		featuresCommand(),
		initCommand(),
		versionCommand(),
		manCommand(),
	)
	complete(root)
	return finish(stderr, args, root.ExecuteContext(ctx))
}

// noCommand refuses a word that is no command.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := func(yield func(string) bool) {
		for _, c := range cmd.Commands() {
			if !yield(c.Name()) {
				return
			}
		}
	}
	return fmt.Errorf("unknown command %q%s", args[0], near.Hint(args[0], names))
}

// flagError adds to an unknown flag what it may have been meant to be.
func flagError(cmd *cobra.Command, err error) error {
	if invalid := new(pflag.InvalidValueError); errors.As(err, &invalid) {
		if _, ok := invalid.GetFlag().Value.(*choice); ok {
			return fmt.Errorf("--%s %q: %w", invalid.GetFlag().Name, invalid.GetValue(), invalid.Unwrap())
		}
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	names := func(yield func(string) bool) {
		more := true
		cmd.Flags().VisitAll(func(f *pflag.Flag) { more = more && yield(f.Name) })
	}
	return fmt.Errorf("%w%s", err, near.Hint(unknown.GetSpecifiedName(), names))
}

// finish prints err, each part on a line of its own, and returns the exit code it stands for.
func finish(stderr io.Writer, args []string, err error) int {
	var status exitStatus
	switch {
	case err == nil:
		return exitAccepted
	case errors.As(err, &status):
		return int(status)
	}
	code, bug := exitUsage, false
	for _, e := range split(err) {
		if errors.Is(e, context.Canceled) {
			fmt.Fprintln(stderr, "bpfverdict: interrupted: the rest was not judged")
			code = max(code, exitInterrupted)
			continue
		}
		fmt.Fprintf(stderr, "bpfverdict: %s\n", report.Escape(firstLine(e.Error())))
		if errors.As(e, new(*bpfverdict.BugError)) {
			bug = true
		}
	}
	if bug {
		code = exitBug
		fmt.Fprintf(stderr, "please report it with the file and this command: bpfverdict %s\n", strings.Join(args, " "))
	}
	return code
}

// split returns the parts of joined errors.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
