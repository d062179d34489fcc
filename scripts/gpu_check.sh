#!/usr/bin/env bash
# For a machine with an NVIDIA GPU and torch already installed: builds against that torch, runs the
# tests, trains and evaluates the same run on CPU and CUDA, and prints one JSON object as its last
# line. Needs no network: headers that the distribution lacks (cxxopts, doctest, fmt, nlohmann_json,
# libzip) may lie in a folder named by SPOUT_PREFIX.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}
out=build/gpu_check
torch=${SPOUT_TORCH:-$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
prefix=${SPOUT_PREFIX:-}

say() { printf 'gpu_check: %s\n' "$*" >&2; }

build() {
  cmake -S . -B build/gpu -G "$(command -v ninja >/dev/null && echo Ninja || echo 'Unix Makefiles')" \
    -DCMAKE_BUILD_TYPE=Release -DSPOUT_TORCH="$torch" -DSPOUT_CUDA=ON \
    ${prefix:+-DCMAKE_PREFIX_PATH="$prefix"} >&2
  cmake --build build/gpu --parallel "${SPOUT_JOBS:-$(nproc)}" >&2
}

# train DEVICE: trains the same small run there and leaves its metrics and scores in $out.
train() {
  local device=$1 spout=build/gpu/spout
  "$spout" train --train "$out/data/train.txt" --output "$out/$device" --force --device "$device" \
    --epochs 4 --hidden 256 --lr 0.003 >&2
  "$spout" evaluate "$out/$device" --data "$out/data/test.txt" --device "$device" --force \
    --json "$out/$device.json" >&2
  "$spout" predict "$out/cpu" --data "$out/data/test.txt" --device "$device" --force \
    --top-k 20 --output "$out/$device.txt" >&2
}

# One JSON object: the GPU, both devices' metrics and seconds, the largest difference of their scores.
report() {
  "$python" - "$out" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" "$1" <<'PY'
import json, sys, torch
out, commit, tests = sys.argv[1:]
def scores(device):
    rows = [dict(p.split(":") for p in line.split()) for line in open(f"{out}/{device}.txt")]
    return [{int(k): float(v) for k, v in row.items()} for row in rows]
cpu, cuda = scores("cpu"), scores("cuda")
difference = max(abs(a[k] - b[k]) for a, b in zip(cpu, cuda) for k in a.keys() & b.keys())
result = {"gpu": torch.cuda.get_device_name(0), "torch": torch.__version__, "commit": commit,
          "unit_tests": tests, "score_difference": difference}
for device in ("cpu", "cuda"):
    log = [json.loads(line) for line in open(f"{out}/{device}/log.jsonl")]
    result[f"{device}_seconds"] = log[-1]["seconds"]
    result[f"{device}_metrics"] = json.load(open(f"{out}/{device}.json"))
print(json.dumps(result))
PY
}

main() {
  build
  mkdir -p "$out"
  local tests
  tests=$(build/gpu/spout_tests 2>&1 | tee "$out/tests.log" | grep 'test cases' || echo crashed)
  say "$tests"
  build/gpu/spout synth --rows 20000 --features 5000 --labels 10000 --density 0.0006 \
    --output "$out/data" --force >&2
  train cpu
  train cuda
  report "$tests"
}

main "$@"
