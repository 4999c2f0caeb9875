#!/usr/bin/env bash
# Boot a kernel that kernel.sh has fetched, where it was linked to run (nokaslr), and keep its symbol table:
#
#   symbols.sh VERSION     -> CACHE/kernels/VERSION/kallsyms
#
# With it and the image, internal/cmd/genimage makes the kernel's folder. Needs what qemu.sh needs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernel=$("$here/kernel.sh" "${1:?version}" | tail -1)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/root/{bin,proc,dev,tmp}
cp /bin/busybox "$work/root/bin/"
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t devtmpfs dev /dev; $b mount -t tmpfs tmp /tmp
$b stty -F /dev/ttyS1 raw
$b gzip -c /proc/kallsyms | $b base64 > /dev/ttyS1
$b sync
$b poweroff -f
INIT
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initrd"
timeout "${QEMU_SECONDS:-300}" qemu-system-x86_64 -m 2G -display none -no-reboot -cpu max \
  -kernel "$kernel/vmlinuz" -initrd "$work/initrd" -append "console=ttyS0 quiet panic=-1 nokaslr" \
  -serial "file:$work/console" -serial "file:$work/out" >/dev/null
base64 -d "$work/out" | gunzip >"$kernel/kallsyms"
echo "$kernel/kallsyms"
