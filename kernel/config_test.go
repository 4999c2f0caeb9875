package kernel_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/bpfverdict/bpfverdict/kernel"
)

func ExampleReadConfig() {
	c, err := kernel.ReadConfig(strings.NewReader(`# Linux
CONFIG_BPF_JIT=y
# CONFIG_BPF_KPROBE_OVERRIDE is not set
CONFIG_FUNCTION_ERROR_INJECTION=y
CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY=y
`), load("6.18").Config())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Lockdown, c.JIT, c.KprobeOverride, c.ErrorInjection, c.PageSize)

	_, err = kernel.ReadConfig(strings.NewReader("# nothing\n"), c)
	fmt.Println(err)
	// Output:
	// confidentiality true false true 4096
	// no line CONFIG_NAME=VALUE
}

func ExampleModel_Profile() {
	k := load("6.18")
	for _, p := range k.Profiles() {
		fmt.Println(p.Name, p.Config.Lockdown, p.Config.ErrorInjection)
	}
	_, err := k.Profile("solaris")
	fmt.Println(err)
	// Output:
	// debian none false
	// ubuntu none true
	// 6.18.44 integrity false
	// unknown profile "solaris" (known for 6.18: debian, ubuntu, 6.18.44)
}
