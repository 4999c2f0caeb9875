#!/usr/bin/env bash
# Boot a kernel that kernel.sh has fetched, and have it judge generated programs, as its model does:
#
#   generated.sh VERSION [DURATION]     DURATION for each generator, 10m by default
#
# Fails where any program's verdict, message or instructions processed differ. BPFVERDICT_SEED repeats a run, and
# BPFVERDICT_PROGRAM, as a run prints it, reduces a program and shows both its logs. Software emulation judges some hundred
# programs a second, and takes minutes for some that walk a million instructions, so those over BPFVERDICT_LONGEST, 100000 by
# default, are left out and counted. Needs what boot.sh needs.
. "$(dirname "$0")/boot.sh"
tests=TestAgainstRunningKernel
[[ -z ${BPFVERDICT_PROGRAM:-} ]] || tests=TestOneAgainstRunningKernel
(cd "$here/../.." && CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go test -c -o "$root/bin/generated" ./internal/verifier)
boot 3G 7200 <<INIT | tee "$work/said"
export BPFVERDICT_DIFF=${2:-10m} BPFVERDICT_SEED=${BPFVERDICT_SEED:-} BPFVERDICT_PROGRAM=${BPFVERDICT_PROGRAM:-}
export BPFVERDICT_LONGEST=${BPFVERDICT_LONGEST:-100000}
/bin/generated -test.v -test.timeout 2h -test.run "^$tests\$" >/tmp/result 2>&1
INIT
grep -q "^--- PASS: $tests" "$work/said"
