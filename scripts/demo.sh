#!/usr/bin/env bash
# From a fresh clone to a trained model, its metrics, a sparse prediction matrix and a TorchScript
# file, on data made here. Everything lands in runs/demo.
#   scripts/demo.sh [--small]   (--small: a few seconds, for the tests)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rows=20000 features=5000 labels=10000 epochs=8
if [[ ${1:-} == --small ]]; then rows=2000 features=1000 labels=500 epochs=4; fi
out=runs/demo
spout=${SPOUT_BIN:-build/release/spout}

# step TITLE COMMAND...: shows the command as a person would type it, and runs it.
step() {
  printf '\n== %s\n$' "$1"
  shift
  printf ' %s' "${@##"$PWD"/}"
  printf '\n'
  "$@"
}

[[ -n ${SPOUT_BIN:-} ]] || scripts/setup.sh
rm -rf "$out"
step "make data: $rows rows, $labels labels, 3 to 10 a row" \
  "$spout" synth --rows "$rows" --features "$features" --labels "$labels" --density 0.0006 \
  --seed 1 --output "$out/data"
step "look at it" "$spout" inspect "$out/data/train.txt"
step "train on the sparse target" \
  "$spout" train --train "$out/data/train.txt" --valid "$out/data/test.txt" --output "$out/run" \
  --hidden 256 --epochs "$epochs" --lr 0.003
step "measure" "$spout" evaluate "$out/run" --data "$out/data/test.txt"
step "predict a sparse matrix" \
  "$spout" predict "$out/run" --data "$out/data/test.txt" --output "$out/predictions.npz"
step "export TorchScript" "$spout" export "$out/run" --output "$out/model.ts"
step "load the matrix in SciPy" .venv/bin/python -c "
import scipy.sparse
y = scipy.sparse.load_npz('$out/predictions.npz')
print(type(y).__name__, y.shape, f'{y.nnz} entries; row 0:', dict(zip(y[0].indices.tolist(), y[0].data.round(2).tolist())))"
printf '\ndone: metrics above, %s/predictions.npz, %s/model.ts\n' "$out" "$out"
