# What the examples share; sourced by them. Everything lands in runs/examples (-small).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
spout=${SPOUT_BIN:-build/release/spout}
python=.venv/bin/python
[[ -n ${SPOUT_BIN:-} ]] || scripts/setup.sh

small=0
if [[ ${1:-} == --small ]]; then small=1; fi
out=runs/examples
if ((small)); then out=runs/examples-small; fi

# choose FULL SMALL: the first, or with --small the second.
choose() { if ((small)); then echo "$2"; else echo "$1"; fi; }

# say TEXT: what comes next, and what it buys.
say() { printf '\n== %s\n' "$*"; }

# run COMMAND...: shows the command as a person would type it, and runs it.
run() {
  printf '$'
  printf ' %s' "${@##"$PWD"/}"
  printf '\n'
  "$@"
}

# Real-valued sparse targets that depend on the inputs: 784 inputs, 1,000 outputs, 1 % not zero.
make_real_data() {
  local rows
  rows=$(choose 5000 600)
  data=$out/real-$rows
  [[ -e $data/test_Y.npz ]] ||
    run "$spout" synth --rows "$rows" --features 784 --labels 1000 --density 0.01 --values real \
      --seed 1 --output "$data"
  train=$data/train_X.npz,$data/train_Y.npz
  test=$data/test_X.npz,$data/test_Y.npz
}

# The settings that the three ways are compared with.
network=(--hidden 100 --lr 0.003 --epochs "$(choose 40 4)")

# measure RUN_OR_FILE OPTION...: how well the non-zeros were found, and their values.
measure() {
  run "$spout" evaluate "$@" --data "$test" \
    --metrics micro-F1,precision,recall,nz-MSE,MSE,density-ratio
}
