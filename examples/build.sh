#!/usr/bin/env bash
# Compile the examples, or the programs in another folder:  build.sh [DIR]
# The objects are committed, so that only who changes one needs clang.
set -euo pipefail
cd "${1:-$(dirname "$0")}"
clang=${CLANG:-clang-19}
for src in *.bpf.c */*.bpf.c; do
  [[ -e $src ]] || continue
  obj=${src%.c}.o
  "$clang" -g -O2 -mcpu=v3 --target=bpf -Wall -Werror -Wno-unused-variable -Wno-unused-const-variable \
    -fdebug-compilation-dir=. -c "$src" -o "$obj"
  "${LLVM_STRIP:-llvm-strip${clang#clang}}" -g "$obj"
done
