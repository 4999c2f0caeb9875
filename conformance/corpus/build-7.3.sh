#!/usr/bin/env bash
# Build the BPF selftests of Debian's linux-source-7.3 package, as build.sh does those of 6.12, which must have run:
#
#   build-7.3.sh [CACHE]
#
# Leaves, under CACHE, selftests-7.3/*.bpf.o (about 1,000 objects, DWARF stripped, BTF kept), bin/oracle-7.3 and
# include-7.3/. The package comes with 7.3 itself, so a later update of it may have other tests than those that the
# recorded answers are about. Takes about five minutes on two cores, and nothing once selftests-7.3/.done exists.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}
out=$cache/selftests-7.3 headers=$cache/include-7.3 src=$cache/linux-source-7.3
arch=x86 libc=/usr/include/x86_64-linux-gnu
[[ -e $out/.done ]] && { echo "corpus: $out (built before)"; exit 0; }
mkdir -p "$out" "$headers"
. "$here/../oracle/packages.sh" "$cache" amd64
if [[ ! -d $src/tools ]]; then
  package linux-source-7.3 --fsys-tarfile | tar xO --wildcards '*/linux-source-7.3.tar.xz' |
    tar xJ -C "$cache" linux-source-7.3/{tools,scripts,include/uapi}
fi
tests=$src/tools/testing/selftests/bpf
make -C "$src/tools/lib/bpf" -j"$(nproc)" >/dev/null 2>&1
make -C "$src/tools/lib/bpf" install_headers prefix="$headers" >/dev/null 2>&1
gcc -O2 -w -static -I"$headers/include" -I"$src/tools/include/uapi" -I"$src/tools/include" -I"$src/tools/lib" \
  -o "$cache/bin/oracle-7.3" "$here/../oracle/oracle.c" "$src/tools/lib/bpf/libbpf.a" -lelf -lz
(cd "$here/../.." && go run ./internal/cmd/rawbtf 7.3) >"$headers/vmlinux.btf"
"$cache/bin/bpftool" btf dump file "$headers/vmlinux.btf" format c >"$headers/vmlinux.h"

. "$here/compile.sh" 990 -I"$headers/include" -I"$tests/libarena/include"
