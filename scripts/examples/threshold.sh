#!/usr/bin/env bash
# Example 1: dense scores, then a threshold. The network learns every entry, zeros too, by squared
# error on the sparse target; small scores are left out of the result, the others keep their value.
# What it buys: nothing but the loss and the last step is special, so any network will do.
#   scripts/examples/threshold.sh [--small]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_real_data
say "784 -> 100 -> 1,000 by squared error over all entries; the target stays sparse"
run "$spout" train --train "$train" --output "$out/mse" --loss mse "${network[@]}" --force
say "the threshold with the best F1, and one that makes the result as dense as the training target"
measure "$out/mse" --threshold auto
measure "$out/mse" --threshold density
say "the sparse matrix: only what lies above the threshold is stored"
run "$spout" predict "$out/mse" --data "$test" --threshold auto --output "$out/mse.npz" --force
run "$python" -c "
import scipy.sparse
y = scipy.sparse.load_npz('$out/mse.npz')
print(type(y).__name__, y.shape, y.nnz, 'entries, smallest', y.data.min())"
