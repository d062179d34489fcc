#!/usr/bin/env bash
# Runs every test after all set-up: lint, a build in which warnings are errors, the unit tests, the
# Python and command-line tests, the demo at small size. The last line is `N passed, N failed`
# (`, N skipped`), summed over all of them; a runner that crashes or runs nothing has failed.
# TORCH_VERSION, SPOUT_TORCH, SPOUT_CUDA and SPOUT_JOBS mean what they mean for setup.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
passed=0
failed=0
skipped=0

say() { printf '\n== %s\n' "$*"; }

# number LABEL TEXT: the number before LABEL in TEXT (the last one), or 0.
number() { grep -oE "[0-9]+ $1" <<<"$2" | tail -n 1 | grep -oE '^[0-9]+' || echo 0; }

# suite NAME PATTERN COMMAND...: runs the command, shows its output, and adds up the counts in the
# last line that matches PATTERN. Its exit status must agree with them.
suite() {
  local name=$1 pattern=$2 log line status=0 good bad
  shift 2
  say "$name"
  log=build/test-${name// /-}.log
  "$@" 2>&1 | tee "$log" || status=$?
  line=$(grep -E "$pattern" "$log" | tail -n 1 || true)
  good=$(number passed "$line")
  bad=$(($(number failed "$line") + $(number 'errors?' "$line")))
  if ((bad == 0 && (status != 0 || good == 0))); then
    echo "$name: exit status $status after $good passed: counted as failed"
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  skipped=$((skipped + $(number skipped "$line")))
}

# step NAME COMMAND...: something without counts of its own; done or not done.
step() {
  local name=$1 status=0
  shift
  say "$name"
  "$@" || status=$?
  if ((status)); then
    echo "$name: exit status $status: failed"
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
  return 0
}

main() {
  mkdir -p build
  scripts/setup.sh --no-build
  export SPOUT_BIN=$PWD/build/ci/spout
  step 'build with warnings as errors' scripts/setup.sh --preset ci all
  suite lint '^[0-9]+ passed, [0-9]+ failed$' scripts/lint.sh
  suite 'unit tests' '^\[doctest\] test cases:' build/ci/spout_tests
  suite 'python tests' '(passed|failed|error|no tests ran).* in [0-9.]+' \
    .venv/bin/python -m pytest -q --tb=short -p no:cacheprovider -o python_files='*_test.py' tests
  step demo scripts/demo.sh --small
  echo
  if ((skipped)); then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  ((failed == 0))
}

main "$@"
