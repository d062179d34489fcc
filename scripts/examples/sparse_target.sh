#!/usr/bin/env bash
# Example 3: a loss on the sparse target that never becomes dense, at a size where that matters.
# What it buys: the batch's dense target alone would be 100 MB a step here and its scores as much
# again; spout reads the coordinates and works in blocks of labels, with the same exact loss.
#   scripts/examples/sparse_target.sh [--small]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
labels=$(choose 100000 2000)
rows=$(choose 20000 600)
data=$out/tags-$labels
say "784 inputs, $labels possible tags, a few in each row"
[[ -e $data/test.txt ]] ||
  run "$spout" synth --rows "$rows" --features 784 --labels "$labels" \
    --density "$(choose 0.00005 0.002)" --seed 1 --output "$data"
say "784 -> 100 -> $labels, independent tags; the line 'memory' says what it takes"
run "$spout" train --train "$data/train.txt" --output "$out/tags" --hidden 100 --lr 0.003 \
  --epochs "$(choose 5 2)" --force
run "$spout" evaluate "$out/tags" --data "$data/test.txt"
say "the same with softmax over 2,000 drawn tags a step in place of all"
run "$spout" train --train "$data/train.txt" --output "$out/drawn" --hidden 100 --lr 0.003 \
  --loss sampled-softmax --sampled-labels 2000 --epochs "$(choose 5 2)" --force
run "$spout" evaluate "$out/drawn" --data "$data/test.txt"
say "the ten best tags of every row, as a sparse matrix"
run "$spout" predict "$out/tags" --data "$data/test.txt" --top-k 10 --output "$out/tags.npz" --force
