#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timed.sh NAME COMMAND...: runs it, and notes in build/times how many seconds that took, so that `make check` can end with a table
# of where the time went. Its status is the command's.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=$1 begin=$(date +%s) status=0
shift
"$@" || status=$?
printf '%6d s  %s%s\n' "$(($(date +%s) - begin))" "$name" "$([ "$status" = 0 ] || echo "  FAILED ($status)")" >>"$top/build/times"
exit "$status"
