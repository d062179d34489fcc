#!/usr/bin/env bash
# Looks for data races: unit tests of the loader, the kernels and all models, and trainings, under
# the thread sanitizer with 1 to 16 threads.
#   scripts/checks/race_test.sh [THREADS...]    default: 1 2 3 8 16
# The last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=build/tsan
# The sanitizer does not see how the threads of torch's own operators wait for each other: what
# happens within its libraries is left alone. Every race of spout's own code with it is not.
export TSAN_OPTIONS="exitcode=66 halt_on_error=0 ignore_noninstrumented_modules=1"
passed=0
failed=0

check() {
  local name=$1
  shift
  if "$@" >"$folder/race.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$name"
    grep -aE -A12 'WARNING: ThreadSanitizer|ERROR:' "$folder/race.log" | head -60 || true
  fi
}

train() {
  "$folder/spout" train --train "$folder/data/train.txt" --output "$folder/run" --force "$@"
}

main() {
  (($# > 0)) || set -- 1 2 3 8 16
  SPOUT_CUDA=OFF scripts/setup.sh --preset tsan spout spout_tests
  "$folder/spout" synth --rows 600 --features 300 --labels 80 --output "$folder/data" --force \
    >/dev/null
  for threads in "$@"; do
    export OMP_NUM_THREADS=$threads
    check "unit tests, $threads threads" "$folder/spout_tests"
    check "mlp, $threads threads" \
      train --threads "$threads" --model mlp --hidden 16 --epochs 2 --checkpoint-every 5
    check "svm, $threads threads" train --threads "$threads" --model svm
  done
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

main "$@"
