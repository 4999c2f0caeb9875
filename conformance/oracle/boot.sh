# Sourced by the scripts beside it that ask another kernel. It boots the kernel of VERSION, their first argument, under
# qemu (software emulation, about ten seconds), one of arm64 where VERSION ends in -arm64:
#
#   $kernel                        its folder; kernel.sh fetches what is not there
#   $root                          what it gets as its file system, with busybox, as $b; add static programs to $root/bin
#   boot MEMORY SECONDS [OPTION]   boot it with a kernel option, run the shell commands on stdin, and print what they
#                                  leave in /tmp/result. MEM, QEMU_SECONDS and SMP=2 come before what is given here.
#
# The console is kept in $kernel. qemu-system-x86, busybox-static and cpio are installed here when missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${1:?version} emulator=qemu-system-x86 suffix=
[[ $version != *-arm64 ]] || { emulator=qemu-system-arm; suffix=-arm64; }
for p in $emulator busybox-static cpio; do
  dpkg -s "$p" >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends "$p" >&2
done
kernel=$("$here/kernel.sh" "$version" | tail -1)
cache=${BPFVERDICT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp}
busybox=/bin/busybox
[[ -z $suffix ]] || busybox=$cache/sysroot$suffix/bin/busybox # that ARCH=arm64 ../corpus/build.sh leaves
cp "$busybox" "$root/bin/"

boot() {
  { cat <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev; $b mount -t tmpfs tmp /tmp
INIT
    cat
    cat <<'INIT'
for out in /dev/vport*p1 /dev/ttyS1; do [ -c $out ] && break; done
$b stty -F $out raw 2>/dev/null
$b gzip -c /tmp/result | $b base64 >$out
$b sync
$b poweroff -f
INIT
  } >"$root/init"
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initrd"
  local machine=(qemu-system-x86_64 -cpu max -serial "file:$kernel/console" -serial "file:$work/out") console=ttyS0
  if [[ -n $suffix ]]; then # its one serial line is the console
    machine=(qemu-system-aarch64 -M virt -cpu "max,pauth-impdef=on" -serial "file:$kernel/console" -device virtio-serial-pci
      -chardev "file,id=out,path=$work/out" -device "virtserialport,chardev=out") console=ttyAMA0
  fi
  timeout "${QEMU_SECONDS:-$2}" "${machine[@]}" -m "${MEM:-$1}" -smp "${SMP:-2}" -display none -no-reboot \
    -kernel "$kernel/vmlinuz" -initrd "$work/initrd" -append "console=$console quiet panic=-1 ${3:-}" >/dev/null
  base64 -d "$work/out" | gunzip
}
