#!/usr/bin/env bash
# Boot a kernel that kernel.sh has fetched, and have it judge generated programs, as its model does:
#
#   generated.sh VERSION [DURATION]     DURATION for each generator, 10m by default
#
# Fails where any program's verdict, message or instructions processed differ. BPFVERDICT_SEED repeats a run, and
# BPFVERDICT_PROGRAM, as a run prints it, shows both logs of one program. Software emulation judges some hundred
# programs a second. Needs what qemu.sh needs.
set -euo pipefail
tests=TestAgainstRunningKernel
[[ -z ${BPFVERDICT_PROGRAM:-} ]] || tests=TestOneAgainstRunningKernel
here=$(cd "$(dirname "$0")" && pwd)
kernel=$("$here/kernel.sh" "${1:?version}" | tail -1)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/root/{bin,proc,sys,dev,tmp}
cp /bin/busybox "$work/root/bin/"
(cd "$here/../.." && CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go test -c -o "$work/root/bin/generated" ./internal/verifier)
cat >"$work/root/init" <<INIT
#!/bin/busybox sh
b=/bin/busybox
\$b mount -t proc proc /proc; \$b mount -t sysfs sys /sys; \$b mount -t devtmpfs dev /dev; \$b mount -t tmpfs tmp /tmp
export BPFVERDICT_DIFF=${2:-10m} BPFVERDICT_SEED=${BPFVERDICT_SEED:-} BPFVERDICT_PROGRAM=${BPFVERDICT_PROGRAM:-}
/bin/generated -test.v -test.timeout 2h -test.run "^$tests\$" >/tmp/said 2>&1
\$b stty -F /dev/ttyS1 raw
\$b gzip -c /tmp/said | \$b base64 >/dev/ttyS1
\$b sync
\$b poweroff -f
INIT
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initrd"
timeout "${QEMU_SECONDS:-7200}" qemu-system-x86_64 -m 3G -smp "${SMP:-2}" -display none -no-reboot -cpu max \
  -kernel "$kernel/vmlinuz" -initrd "$work/initrd" -append "console=ttyS0 quiet panic=-1" \
  -serial "file:$work/console" -serial "file:$work/out" >/dev/null
base64 -d "$work/out" | gunzip | tee "$work/said"
grep -q "^--- PASS: $tests" "$work/said"
