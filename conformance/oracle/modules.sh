#!/usr/bin/env bash
# Build the modules of the 7.3 selftests for a Debian kernel, with the compiler and headers that its package names:
#
#   modules.sh VERSION      VERSION as in kernel.sh: 7.3, or a later one; before, a flag that they use is not known
#   -> CACHE/kernels/VERSION/modules/{bpf_testmod,bpf_test_modorder_x,bpf_test_modorder_y}.ko
#
# To ask that kernel with them loaded, and to keep what it says and what the modules are:
#
#   m=CACHE/kernels/7.3/modules
#   MODS=$(echo $m/*.ko) ORACLE=CACHE/bin/oracle-7.3 qemu.sh 7.3 OBJECTS... |
#     go run ./conformance/record -corpus selftests-7.3-modules -of CACHE/kernels/7.3 -dir conformance/recorded
#   go run ./internal/cmd/genmodule -kernel 7.3 -dir conformance/recorded/modules.linux-7.3.4 $m/*.ko
#
# KMODS=FOLDER has the sources, if build-7.3.sh has not left them. Those objects are worth asking about of which the kernel
# without modules can't load all programs. mmdebstrap is installed when missing: compiler and headers are unpacked into a
# folder of their own, which is removed in the end.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${BPFVERDICT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}
kernel=$("$here/kernel.sh" "${1:?version}" | tail -1)
out=$kernel/modules release=$(cat "$kernel/release")
modules=(bpf_testmod bpf_test_modorder_x bpf_test_modorder_y)
[[ -s $out/${modules[-1]}.ko ]] && { echo "$out"; exit; }
. "$here/packages.sh" "$cache" amd64
dpkg -s mmdebstrap >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends mmdebstrap >&2
work=$(mktemp -d); trap 'umount "$work/root/proc" 2>/dev/null || true; rm -rf "$work"' EXIT
mmdebstrap --quiet --variant=extract \
  --include="linux-headers-$release,binutils,make,pahole,bash,dash,coreutils,sed,grep,gawk,findutils,diffutils,base-files" \
  "" "$work/root" - < <(grep trixie "$apt/sources.list") >&2
ln -s gawk "$work/root/usr/bin/awk" # what installing it would do
mount -t proc proc "$work/root/proc"
tests=${KMODS:-$cache/linux-source-7.3/tools/testing/selftests/bpf/test_kmods} # left by ../corpus/build-7.3.sh
mkdir "$work/root/kmods"
cp "$tests"/*.[ch] "$work/root/kmods/"
printf 'obj-m += %s.o\n' "${modules[@]}" >"$work/root/kmods/Makefile"
echo 'CFLAGS_bpf_testmod.o = -I$(src)' >>"$work/root/kmods/Makefile"
chroot "$work/root" make -s -C "/usr/src/linux-headers-$release" M=/kmods modules >&2
mkdir -p "$out"
for m in "${modules[@]}"; do cp "$work/root/kmods/$m.ko" "$out/"; done
echo "$out"
