#!/usr/bin/env bash
# Example 2: a network that says which entries are not zero, and what they are.
# Two heads: one learns where (support), the other how large, at the non-zeros only. What it buys:
# zeros no longer pull the values down, and the result's density is the data's.
# Literal pairs: a network of your own that emits k indices and k values, as floats. What it buys:
# no output of 1,000 columns at all; what it costs shows below: indices are names, not quantities.
#   scripts/examples/index_value.sh [--small]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_real_data
say "784 -> 100 -> where and how large"
run "$spout" train --train "$train" --output "$out/two" --model two-headed "${network[@]}" --force
measure "$out/two" --threshold auto
measure "$out/two" --threshold density
run "$spout" predict "$out/two" --data "$test" --threshold auto --output "$out/two.npz" --force
say "784 -> 100 -> ten pairs (index, value) in PyTorch, saved as they come"
run "$python" scripts/examples/emit_pairs.py --data "$data" --output "$out" \
  --epochs "$(choose 200 5)"
say "rounded, clipped to the 1,000 columns, of twins the last; the counts say what was touched"
run "$spout" convert "$out/I.npy,$out/V.npy" "$out/pairs.npz" --labels 1000 \
  --out-of-range clip --duplicates last --force
measure "$out/pairs.npz"
