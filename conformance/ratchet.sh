#!/usr/bin/env bash
# Hold our answers about the corpus against a real 6.18 kernel's and against what was last reached.
#
#   ratchet.sh [CACHE]
#
# Recorded answers are taken from $BPFVERDICT_TRUTH, ../shared/truth or CACHE/truth; where there
# are none the running kernel is asked, if it is a 6.18 and we are root.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfverdict}
objects=$cache/selftests-6.12

truth=
for dir in "${BPFVERDICT_TRUTH:-}" ../shared/truth "$cache/truth"; do
  for file in "$dir"/selftests-6.12.linux-6.18.*.jsonl.gz; do
    [[ -e $file ]] && truth=$file && break 2
  done
done
if [[ -z $truth ]]; then
  release=$(uname -r)
  if [[ $(id -u) != 0 || $release != 6.18.* ]]; then
    echo "no recorded answers of a 6.18 kernel, and this machine can't be asked (Linux $release, uid $(id -u)):"
    echo "run as root on Linux 6.18, or point BPFVERDICT_TRUTH at the folder that has them"
    exit 1
  fi
  mkdir -p "$cache/truth"
  truth=$cache/truth/selftests-6.12.linux-${release%%-*}.jsonl.gz
  echo "asking the running kernel"
  "$cache/bin/oracle" "$objects"/*.bpf.o 2>/dev/null | gzip >"$truth.new"
  mv "$truth.new" "$truth"
fi
go run ./conformance -truth "$truth" -objects "$objects" -baseline conformance/baseline.json -q
