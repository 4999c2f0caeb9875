#!/usr/bin/env bash
# Boot a kernel that kernel.sh has fetched, and have it answer what tests ask the running kernel about maps and pointers,
# thousands of small questions whose answers must be its model's:
#
#   surveys.sh VERSION [PATTERN]     PATTERN of other tests' names
#
# Fails where any answer differs. Needs what boot.sh needs.
. "$(dirname "$0")/boot.sh"
pattern=${2:-'^(TestMapsOf|TestMovedPointersOn|TestSockFieldsOn)'}
for p in object verifier; do
  (cd "$here/../.." && CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go test -c -o "$root/bin/$p" ./internal/$p)
done
boot 3G 1800 <<INIT | tee "$work/said"
ulimit -l unlimited # before 5.11 maps count against it
for p in object verifier; do /bin/\$p -test.v -test.run '$pattern'; done >/tmp/result 2>&1
INIT
grep -q '^--- PASS' "$work/said" && ! grep -qE '^(FAIL|--- SKIP)' "$work/said"
