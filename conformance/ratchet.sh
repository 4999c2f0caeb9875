#!/usr/bin/env bash
# Hold our answers about the corpus against a real kernel's and against what was last reached.
#
#   ratchet.sh [CACHE]
#
# One row a kernel: baselines/ has a file for each build that was recorded. Its answers are taken from the folder
# $BPFVERDICT_TRUTH, else from ../shared/truth or CACHE/truth. The running kernel is never asked instead: it may be
# another build, whatever its release says.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}

for truth in "${BPFVERDICT_TRUTH:-}" ../shared/truth "$cache/truth"; do
  [[ -n $truth && -d $truth ]] || continue
  bin=$(mktemp); trap 'rm -f "$bin"' EXIT
  go build -o "$bin" ./conformance
  for row in conformance/baselines/*.json; do
    "$bin" -truth "$truth" -objects "$cache/selftests-6.12" -baseline "$row" -q
  done
  for runs in "$truth"/testrun-*.jsonl.gz; do
    [[ -e $runs ]] || continue
    for engine in false true; do
      go run ./conformance/testrun -truth "$runs" -objects "$cache/selftests-6.12" -baseline conformance/testrun/baseline.json -q -fast=$engine
    done
  done
  for kernel in 7.1 7.3; do
    [[ ! -d $cache/selftests-7.3-ownership ]] ||
      go run ./conformance/testrun -sequences -kernel "$kernel" -objects "$cache/selftests-7.3-ownership"
  done
  exit
done
echo "no recorded answers: point BPFVERDICT_TRUTH at them, or record those of a kernel that"
echo "\`go run ./conformance/ask\` finds no difference with (conformance/oracle/README.md)"
exit 1
