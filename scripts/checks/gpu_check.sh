#!/usr/bin/env bash
# For a machine with an NVIDIA GPU and torch already installed: builds against that torch, runs the
# unit tests (those of CUDA among them), trains the same runs on CPU and CUDA, resumes one, measures,
# and prints one JSON object as its last line. Exits with 1 where anything failed or differs.
# Needs no network: headers that the distribution lacks (cxxopts, doctest, fmt, nlohmann_json,
# libzip) may lie in a folder named by SPOUT_PREFIX.
#   PYTHON=python3  SPOUT_TORCH=DIR  SPOUT_PREFIX=DIR  SPOUT_JOBS=N  SPOUT_BANDWIDTH=4800 (GB/s)
#   SPOUT_BUILT=DIR  builds nothing: spout, spout_tests and libspout_bench_ops.so are there, built
#                    for the same version of torch, and beside them the libraries they need
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=${PYTHON:-python3}
out=build/gpu_check
torch=${SPOUT_TORCH:-$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
prefix=${SPOUT_PREFIX:-}
built=${SPOUT_BUILT:-build/gpu}
spout=$built/spout

# What is trained on both devices: a name and the options that are not the default.
runs=(
  "bce:"
  "logits:--output-layer logits"
  "bf16:--precision bf16"
  "softmax:--loss softmax"
  "hinge:--loss squared-hinge"
  "mse:--loss mse --lr 0.001"
  "dropout:--dropout 0.3"
  "sgd:--optimizer sgd --momentum 0.9 --lr 0.3 --precision bf16"
  "adagrad:--optimizer adagrad --lr 0.05"
  "linear:--model linear --lr 0.01"
  "two-headed:--model two-headed"
  "sampled:--loss sampled-softmax --sampled-labels 500"
  "positives:--positive-weight propensity"
  "moments:--loss mse --hidden 64 --lr 0.001"
)

say() { printf 'gpu_check: %s\n' "$*" >&2; }

build() {
  if [[ -n ${SPOUT_BUILT:-} ]]; then
    export LD_LIBRARY_PATH=$torch/lib:$built${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    return
  fi
  cmake -S . -B build/gpu -G "$(command -v ninja >/dev/null && echo Ninja || echo 'Unix Makefiles')" \
    -DCMAKE_BUILD_TYPE=Release -DSPOUT_TORCH="$torch" -DSPOUT_CUDA=ON \
    ${prefix:+-DCMAKE_PREFIX_PATH="$prefix"} >&2
  cmake --build build/gpu --target all spout_bench_ops --parallel "${SPOUT_JOBS:-$(nproc)}" >&2
}

# train NAME DEVICE OPTION...: leaves the run and its metrics in $out/NAME-DEVICE.
train() {
  local run=$out/$1-$2 device=$2
  shift 2
  "$spout" train --train "$out/data/train.txt" --output "$run" --device "$device" \
    --epochs 3 --lr 0.003 "$@" >&2
  "$spout" evaluate "$run" --data "$out/data/test.txt" --device "$device" --force --json "$run.json" >&2
}

# All runs on both devices; one interrupted after an epoch; one model's scores by both.
train_all() {
  local entry options
  for entry in "${runs[@]}"; do
    read -ra options <<<"${entry#*:}"
    say "training ${entry%%:*}"
    train "${entry%%:*}" cpu "${options[@]}"
    train "${entry%%:*}" cuda "${options[@]}"
  done
  train resumed cuda --epochs 1 --schedule constant --dropout 0.3
  train resumed cuda --epochs 3 --schedule constant --dropout 0.3 --resume
  train unbroken cuda --schedule constant --dropout 0.3
  local device
  for device in cpu cuda; do
    "$spout" predict "$out/bce-cpu" --data "$out/data/test.txt" --device "$device" \
      --top-k 20 --output "$out/$device.txt" >&2
  done
}

bench() {
  SPOUT_OPS=$built/libspout_bench_ops.so "$python" scripts/bench/bench_cuda.py --bandwidth "${SPOUT_BANDWIDTH:-4800}" \
    --json "$out/bench.json" >&2
}

# One JSON object; exits with 1 where `failed` is not empty.
report() {
  "$python" - "$out" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" "$@" <<'PY'
import json, sys, torch
from pathlib import Path

out, commit, tests, *failed = sys.argv[1:]
out = Path(out)
result = {"gpu": torch.cuda.get_device_name(0), "torch": torch.__version__, "commit": commit,
          "unit_tests": tests}

def read(name):
    return json.loads((out / name).read_text())

def scores(device):
    rows = [dict(p.split(":") for p in line.split()) for line in open(out / f"{device}.txt")]
    return [{int(k): float(v) for k, v in row.items()} for row in rows]

for path in sorted(out.glob("*-cuda.json")):
    name = path.name.removesuffix("-cuda.json")
    result[f"{name}_p1_cuda"] = read(path.name)["P@1"]
    if (out / f"{name}-cpu.json").exists():
        result[f"{name}_p1_cpu"] = read(f"{name}-cpu.json")["P@1"]
        if abs(result[f"{name}_p1_cuda"] - result[f"{name}_p1_cpu"]) > 0.01:
            failed.append(f"{name}: P@1 differs by more than a point")
if (out / "cuda.txt").exists():
    pairs = list(zip(scores("cpu"), scores("cuda")))
    result["score_difference"] = max(abs(a[k] - b[k]) for a, b in pairs for k in a.keys() & b.keys())
    if result["score_difference"] > 1e-3:
        failed.append("scores of one model differ between the devices")
if (out / "unbroken-cuda.json").exists() and read("resumed-cuda.json") != read("unbroken-cuda.json"):
    failed.append("a resumed run ends elsewhere than an unbroken one")
if (out / "bench.json").exists():
    result |= read("bench.json")
result["failed"] = failed
print(json.dumps(result))
sys.exit(1 if failed else 0)
PY
}

main() {
  build
  rm -rf "$out"
  mkdir -p "$out"
  local failed=() tests=ok
  "$built/spout_tests" >"$out/tests.log" 2>&1 || failed+=("unit tests")
  tests=$(grep 'test cases' "$out/tests.log" || echo crashed)
  say "$tests"
  "$spout" synth --rows 20000 --features 5000 --labels 10000 --density 0.0006 \
    --output "$out/data" >&2
  train_all &  # a shell of its own, which ends at the first error
  wait $! || failed+=("training")
  bench || failed+=("benchmark")
  report "$tests" "${failed[@]}"
}

main "$@"
