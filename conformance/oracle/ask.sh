#!/usr/bin/env bash
# Boot a kernel that kernel.sh has fetched, where it was linked to run (nokaslr), and keep its symbol table and what it
# answers to thousands of small programs:
#
#   ask.sh VERSION     -> CACHE/kernels/VERSION/{kallsyms,answers.json}
#
# With these, its image, options and types, internal/cmd/genimage makes the kernel's folder. Takes some minutes, and needs
# what qemu.sh needs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernel=$("$here/kernel.sh" "${1:?version}" | tail -1)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/root/{bin,proc,sys,dev,tmp}
cp /bin/busybox "$work/root/bin/"
(cd "$here/../.." && CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o "$work/root/bin/ask" ./conformance/ask)
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev; $b mount -t tmpfs tmp /tmp
$b cp /proc/kallsyms /tmp/kallsyms
/bin/ask -record >/tmp/answers.json 2>/dev/console
cd /tmp
$b stty -F /dev/ttyS1 raw
$b tar c kallsyms answers.json | $b gzip -c | $b base64 > /dev/ttyS1
$b sync
$b poweroff -f
INIT
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initrd"
timeout "${QEMU_SECONDS:-1800}" qemu-system-x86_64 -m 2G -smp "${SMP:-2}" -display none -no-reboot -cpu max \
  -kernel "$kernel/vmlinuz" -initrd "$work/initrd" -append "console=ttyS0 quiet panic=-1 nokaslr" \
  -serial "file:$kernel/console" -serial "file:$work/out" >/dev/null
base64 -d "$work/out" | tar xz -C "$kernel"
[[ -s $kernel/answers.json ]] || { echo "$1: no answers; see $kernel/console" >&2; exit 1; }
echo "$kernel/answers.json"
