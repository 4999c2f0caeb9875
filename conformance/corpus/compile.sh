#!/usr/bin/env bash
# Sourced by the scripts that build a corpus: compiles the BPF selftests of a kernel's source to objects, DWARF stripped,
# BTF kept, all at a time, and notes that it is done.
#
#   . compile.sh LEAST [-IFOLDER...]    at least so many objects are to come of it, with these folders of headers too
#
# Takes the variables src, tests, out, headers, arch and libc.
least=$1
export src tests out headers arch libc

compile() { # compile SOURCE [-IFOLDER...]
  local name; name=$(basename "$1" .c)
  clang-19 -g -O2 -mcpu=v3 --target=bpf -mlittle-endian -D__TARGET_ARCH_$arch -DENABLE_ATOMICS_TESTS \
    -Wno-everything -nostdlibinc -I"$tests/progs" -I"$tests" -I"$headers" "${@:2}" \
    -I"$src/tools/include/uapi" -I"$src/tools/include" -I"$libc" \
    -idirafter /usr/lib/llvm-19/lib/clang/19/include -idirafter /usr/include \
    -c "$1" -o "$out/$name.bpf.o" 2>/dev/null && llvm-strip-19 -g "$out/$name.bpf.o" || rm -f "$out/$name.bpf.o"
}
export -f compile
printf '%s\n' "$tests"/progs/*.c | xargs -P"$(nproc)" -I{} bash -c 'compile "$@"' compile {} "${@:2}"
n=$(ls "$out" | grep -c '\.bpf\.o$')
echo "corpus: $out: $n objects"
((n >= least)) && touch "$out/.done"
