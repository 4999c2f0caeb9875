#!/usr/bin/env bash
# Hold our answers about the corpus against a real kernel's and against what was last reached.
#
#   ratchet.sh [CACHE]
#
# One row a kernel: baselines/ has a file for each build that was recorded. Its answers are taken from the folder
# $BPFVERDICT_TRUTH, else from ../shared/truth, CACHE/truth or recorded/. The running kernel is never asked instead: it may
# be another build, whatever its release says.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}
folders=("${BPFVERDICT_TRUTH:-}" ../shared/truth "$cache/truth" conformance/recorded)

find() { # find FILE: the first folder's that has it
  for f in "${folders[@]}"; do [[ -n $f && -e $f/$1 ]] && { echo "$f/$1"; return; }; done
  return 1
}

bin=$(mktemp); trap 'rm -f "$bin"' EXIT
go build -o "$bin" ./conformance
missing=()
for row in conformance/baselines/*.json; do
  build=$(basename "$row" .json)
  corpus=selftests-6.12 with=()
  if [[ $build == *+* ]]; then # of another corpus, which not everybody builds
    corpus=${build#*+} build=${build%+*}
    [[ -d $cache/${corpus%-modules} ]] || continue
  fi
  [[ $build != *-arm64 ]] || corpus+=-arm64
  [[ $corpus != *-modules ]] || with=(-modules "conformance/recorded/modules.linux-$build")
  truth=$(find "$corpus.linux-$build.jsonl.gz") || { missing+=("$build"); continue; }
  "$bin" -truth "$truth" -objects "$cache/${corpus%-modules}" "${with[@]}" -baseline "$row" -q
done
"$bin" -detected -objects "$cache/selftests-6.12" -q
for kernel in 6.12 6.18 7.3; do # explaining changes nothing, and each refusal is explained
  go run ./conformance/explained -objects "$cache/selftests-6.12" -kernel "$kernel" -same
done
"$bin" -together -objects "$cache/selftests-6.12"
for f in "${folders[@]}"; do
  [[ -n $f && -d $f ]] || continue
  for runs in "$f"/testrun-*.jsonl.gz; do
    [[ -e $runs ]] || continue
    for engine in false true; do
      go run ./conformance/testrun -truth "$runs" -objects "$cache/selftests-6.12" -baseline conformance/testrun/baseline.json -q -fast=$engine
    done
  done
done
for kernel in 7.1 7.3; do
  [[ ! -d $cache/selftests-7.3-ownership ]] ||
    go run ./conformance/testrun -sequences -kernel "$kernel" -objects "$cache/selftests-7.3-ownership"
done
[[ ${#missing[@]} -eq 0 ]] && exit
echo "no recorded answers of ${missing[*]}: point BPFVERDICT_TRUTH at them, or record those of a kernel that"
echo "\`go run ./conformance/ask\` finds no difference with (conformance/oracle/README.md)"
exit 1
