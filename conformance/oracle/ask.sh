#!/usr/bin/env bash
# Boot a kernel that kernel.sh has fetched, where it was linked to run (nokaslr), and keep its symbol table and what it
# answers to thousands of small programs:
#
#   ask.sh VERSION     -> CACHE/kernels/VERSION/{kallsyms,answers.json}
#
# With these, its image, options and types, internal/cmd/genimage makes the kernel's folder. Takes some minutes, and needs
# what boot.sh needs.
. "$(dirname "$0")/boot.sh"
(cd "$here/../.." && CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o "$root/bin/ask" ./conformance/ask)
boot 2G 1800 nokaslr <<'INIT' | tar x -C "$kernel"
$b cp /proc/kallsyms /tmp/kallsyms
ulimit -l unlimited # before 5.11 programs count against it
/bin/ask -record >/tmp/answers.json 2>/dev/console
cd /tmp
$b tar c kallsyms answers.json >/tmp/result
INIT
[[ -s $kernel/answers.json ]] || { echo "$1: no answers; see $kernel/console" >&2; exit 1; }
echo "$kernel/answers.json"
