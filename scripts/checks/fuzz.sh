#!/usr/bin/env bash
# Feeds every reader of files what libFuzzer thinks of, under address and undefined-behaviour
# sanitizers, and prints a line for each: executions, coverage (edges), findings.
#   scripts/checks/fuzz.sh [SECONDS] [READER...]    default: 600 seconds for each of all readers
# Needs clang and libomp-dev. The corpus stays in build/fuzz/corpus, so that a later run goes on
# from it; findings lie in build/fuzz/findings/READER. Once one is fixed, it belongs, as small as
# `spout_fuzz -minimize_crash=1 FILE` makes it, into tests/fuzz/regressions/READER.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=build/fuzz

die() {
  printf 'fuzz: %s\n' "$*" >&2
  exit 2
}

# Those that the harness names when it is asked for none.
known_readers() { $folder/spout_fuzz 2>&1 | sed 1d || true; }

make_seeds() {
  rm -rf $folder/seeds
  .venv/bin/python -W ignore tests/fuzz/make_seeds.py $folder/seeds build/release/spout
}

# fuzz READER SECONDS: a plain line of what came of it.
fuzz() {
  local reader=$1 log=$folder/$1.log options=() done_line
  mkdir -p $folder/{corpus,findings}/"$reader"
  [[ ! -e $folder/seeds/$reader.dict ]] || options=("-dict=$folder/seeds/$reader.dict")
  SPOUT_FUZZ_READER=$reader OMP_NUM_THREADS=1 \
    ASAN_OPTIONS=detect_odr_violation=0:max_allocation_size_mb=4096 \
    $folder/spout_fuzz "${options[@]}" "-max_total_time=$2" -timeout=5 -rss_limit_mb=4096 \
    -max_len=8192 -print_final_stats=1 "-artifact_prefix=$folder/findings/$reader/" \
    "$folder/corpus/$reader" "$folder/seeds/$reader" >"$log" 2>&1 || true
  done_line=$(grep -aE '^#[0-9]+.* cov: ' "$log" | tail -n 1) || true
  printf '%s: %s executions, %s edges, %s findings\n' "$reader" \
    "$(sed -nE 's/^stat::number_of_executed_units: *//p' "$log")" \
    "$(sed -E 's/.* cov: ([0-9]+) .*/\1/' <<<"$done_line")" \
    "$(find "$folder/findings/$reader" -type f | wc -l)"
}

main() {
  local seconds=600 reader readers=()
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
  fi
  command -v clang++ >/dev/null || die "needs clang: apt-get install clang libomp-dev"
  scripts/setup.sh
  SPOUT_CUDA=OFF scripts/setup.sh --preset fuzz spout_fuzz
  mapfile -t readers < <(known_readers)
  for reader in "$@"; do
    [[ " ${readers[*]} " == *" $reader "* ]] || die "no reader '$reader'; known: ${readers[*]}"
  done
  (($# == 0)) || readers=("$@")
  make_seeds
  for reader in "${readers[@]}"; do
    fuzz "$reader" "$seconds"
  done
  [[ -z $(find $folder/findings -type f) ]] || die "findings lie in $folder/findings"
}

main "$@"
