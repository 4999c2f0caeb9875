#!/usr/bin/env bash
# Compile the programs, or those that are named:  build.sh [NAME...]
# The objects are committed, so that only who changes one needs clang.
set -euo pipefail
cd "$(dirname "$0")"
clang=${CLANG:-clang-19}
[[ $# -gt 0 ]] || set -- *.bpf.c
for src; do
  obj=${src%.c}.o
  "$clang" -g -O2 -mcpu=v3 --target=bpf -Wall -Werror -Wno-unused -Wno-uninitialized -Wno-infinite-recursion -Wno-array-bounds \
    -Wno-shift-count-overflow -Wno-division-by-zero -Wno-missing-declarations -fdebug-compilation-dir=. -c "$src" -o "$obj"
  "${LLVM_STRIP:-llvm-strip${clang#clang}}" -g "$obj"
done
