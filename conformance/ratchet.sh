#!/usr/bin/env bash
# Hold our answers about the corpus against a real kernel's and against what was last reached.
#
#   ratchet.sh [CACHE]
#
# Recorded answers are taken from $BPFVERDICT_TRUTH, a file or a folder, else from ../shared/truth or
# CACHE/truth; of a folder those of the build that baseline.json names. The running kernel is never asked
# instead: it may be another build, whatever its release says.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}

for truth in "${BPFVERDICT_TRUTH:-}" ../shared/truth "$cache/truth"; do
  [[ -n $truth && -e $truth ]] || continue
  exec go run ./conformance -truth "$truth" -objects "$cache/selftests-6.12" -baseline conformance/baseline.json -q
done
echo "no recorded answers: point BPFVERDICT_TRUTH at them, or record those of a kernel that"
echo "\`go run ./conformance/ask\` finds no difference with (conformance/oracle/README.md)"
exit 1
