# Sourced by the scripts beside it that ask another kernel. It boots the kernel of VERSION, their first argument, under
# qemu (software emulation, about ten seconds):
#
#   $kernel                        its folder; kernel.sh fetches what is not there
#   $root                          what it gets as its file system, with busybox, as $b; add static programs to $root/bin
#   boot MEMORY SECONDS [OPTION]   boot it with a kernel option, run the shell commands on stdin, and print what they
#                                  leave in /tmp/result. MEM, QEMU_SECONDS and SMP=2 come before what is given here.
#
# The console is kept in $kernel. qemu-system-x86, busybox-static and cpio are installed here when missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for p in qemu-system-x86 busybox-static cpio; do
  dpkg -s "$p" >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends "$p" >&2
done
kernel=$("$here/kernel.sh" "${1:?version}" | tail -1)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp}
cp /bin/busybox "$root/bin/"

boot() {
  { cat <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev; $b mount -t tmpfs tmp /tmp
INIT
    cat
    cat <<'INIT'
$b stty -F /dev/ttyS1 raw
$b gzip -c /tmp/result | $b base64 >/dev/ttyS1
$b sync
$b poweroff -f
INIT
  } >"$root/init"
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initrd"
  timeout "${QEMU_SECONDS:-$2}" qemu-system-x86_64 -m "${MEM:-$1}" -smp "${SMP:-2}" -display none -no-reboot -cpu max \
    -kernel "$kernel/vmlinuz" -initrd "$work/initrd" -append "console=ttyS0 quiet panic=-1 ${3:-}" \
    -serial "file:$kernel/console" -serial "file:$work/out" >/dev/null
  base64 -d "$work/out" | gunzip
}
