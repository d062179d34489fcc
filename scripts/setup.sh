#!/usr/bin/env bash
# Makes everything spout needs, from a fresh clone to build/release/spout, and does nothing twice:
# Debian packages, a Python environment with torch (its wheel holds LibTorch), the build.
#   scripts/setup.sh [--no-build | --preset NAME TARGET...]   (default: --preset release spout)
#   TORCH_VERSION=2.11.0     the wheel to install
#   SPOUT_TORCH=DIR          use this torch package or LibTorch, install no wheel
#   SPOUT_CUDA=AUTO|ON|OFF   CUDA sources (ON: fetches nvcc as a wheel)
#   SPOUT_JOBS=N             compile jobs
#   SPOUT_APT=0              leave the system's packages alone
# All clones share the environments in ~/.cache/spout (of root: /var/cache/spout, so that what root
# builds runs for every user), one for each torch, Python and set of pins; .venv links to the one in
# use. Each is 5 GB: delete those you no longer need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
default_cache=$HOME/.cache
((EUID)) || default_cache=/var/cache
cache=${XDG_CACHE_HOME:-$default_cache}/spout
torch_version=${TORCH_VERSION:-2.11.0}
cuda=${SPOUT_CUDA:-AUTO}
cuda=${cuda^^}
pip_options=(--quiet --disable-pip-version-check --no-input)

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# The commands come with these packages; the libraries have no command to look for.
debian_packages() {
  command -v g++ >/dev/null || echo g++
  command -v git >/dev/null || echo git
  command -v cmake >/dev/null || echo cmake
  command -v ninja >/dev/null || echo ninja-build
  command -v ccache >/dev/null || echo ccache
  # A python3 from elsewhere than Debian brings its own venv.
  "$(base_python)" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  local package
  for package in libfmt-dev libcxxopts-dev doctest-dev libzip-dev zlib1g-dev nlohmann-json3-dev \
    libutf8proc-dev; do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || echo "$package"
  done
}

install_debian_packages() {
  [[ ${SPOUT_APT:-1} != 0 ]] || return 0
  local missing become=()
  mapfile -t missing < <(debian_packages)
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null ||
    die "not Debian or Ubuntu: install these yourself, then set SPOUT_APT=0: ${missing[*]}"
  if ((EUID)); then
    become=(sudo)
    # Without a terminal nobody could type a password.
    sudo -n true 2>/dev/null || { command -v sudo >/dev/null && [[ -t 0 ]]; } ||
      die "needs root or sudo once, for: apt-get install ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300)
  { "${apt[@]}" update && "${apt[@]}" install "${missing[@]}"; } >/dev/null ||
    die "apt-get failed; by hand: apt-get install ${missing[*]}"
}

# The torch folder named by SPOUT_TORCH: a torch package, a LibTorch, or the folder that holds one.
given_torch() {
  local folder
  for folder in "$SPOUT_TORCH" "$SPOUT_TORCH/torch" "$SPOUT_TORCH/libtorch"; do
    [[ -e $folder/lib/libtorch.so ]] && realpath "$folder" && return
  done
  die "SPOUT_TORCH=$SPOUT_TORCH: expected a folder with lib/libtorch.so, found none"
}

# The site-packages of SPOUT_TORCH; empty for a plain LibTorch.
given_site() {
  local site
  site=$(dirname "$(given_torch)")
  [[ $site != */*-packages ]] || echo "$site"
}

# The Python to make the environment with. A given torch package needs its own version of Python.
base_python() {
  local site='' name candidates=(python3 python3.13 python3.12 python3.14 python3.11)
  [[ -z ${SPOUT_TORCH:-} ]] || site=$(given_site)
  if [[ $site =~ ^(.*)/lib/(python3\.[0-9]+)/ ]]; then
    candidates=("${BASH_REMATCH[1]}/bin/${BASH_REMATCH[2]}" "${BASH_REMATCH[2]}")
  fi
  for name in "${candidates[@]}"; do
    "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null &&
      command -v "$name" && return
  done
  echo python3
}

# Names an environment after all that decides what is in it.
environment_key() {
  local python tag
  python=$("$1" -c 'import sys; print("py%d.%d" % sys.version_info[:2])') || return
  if [[ -n ${SPOUT_TORCH:-} ]]; then
    tag=given-$(given_torch | sha256sum | cut -c1-8)
  else
    tag=torch$torch_version
  fi
  echo "$tag-$python-$(sha256sum <scripts/requirements.txt | cut -c1-8)"
}

install_torch() {
  (($(df -Pk "$cache" | awk 'NR == 2 {print int($4 / 1e6)}') >= 8)) ||
    die "torch takes 5 GB and 3 more while it is installed; $cache has less than 8 GB free"
  say "installing torch $torch_version and the Python tools (5 GB, a minute or more)"
  "$1/bin/pip" install "${pip_options[@]}" "torch==$torch_version" -r scripts/requirements.txt || {
    rm -rf "$1"
    die "pip could not install torch $torch_version"
  }
}

# Tests import the same torch that the program is linked with. No network is no reason to fail here.
borrow_torch() {
  local site
  site=$(given_site)
  [[ -z $site ]] || echo "$site" >"$(echo "$1"/lib/python3.*/site-packages)/given-torch.pth"
  say "installing the Python tools; torch is $(given_torch)"
  "$1/bin/python" -m pip install "${pip_options[@]}" --retries 1 --timeout 20 \
    -r scripts/requirements.txt
}

fill_environment() {
  local environment=$1 python=$2
  rm -rf "$environment"
  if [[ -z ${SPOUT_TORCH:-} ]]; then
    "$python" -m venv "$environment"
    install_torch "$environment"
  else
    "$python" -m venv "$environment" >/dev/null || "$python" -m venv --without-pip "$environment"
    borrow_torch "$environment" || {
      say "pip failed: spout builds, but its tests have only what lies beside the given torch"
      return 0
    }
  fi
  date -u >"$environment/spout-ready"
}

# Leaves .venv pointing at a complete environment; two scripts at once wait for each other.
make_environment() {
  local python environment
  python=$(base_python)
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null ||
    die "needs Python 3.11 to 3.14 with venv, found $("$python" --version 2>&1 || echo none)"
  environment=$cache/$(environment_key "$python")
  mkdir -p "$cache"
  (
    flock 9
    [[ -e $environment/spout-ready ]] || fill_environment "$environment" "$python" 9>&-
  ) 9>"$environment.lock"
  if [[ $(readlink .venv || true) != "$environment" ]]; then
    [[ ! -e .venv || -L .venv ]] || die ".venv is a folder of yours; move it away for our link"
    ln -sfn "$environment" .venv
    touch .venv/pyvenv.cfg # CMakeLists.txt watches it: every build folder looks for torch again
  fi
  # Where CMake looks for torch, whichever way it came.
  if [[ -n ${SPOUT_TORCH:-} ]]; then
    ln -sfn "$(given_torch)" .venv/torch
  else
    ln -sfn "$(echo "$environment"/lib/python3.*/site-packages/torch)" .venv/torch
  fi
}

# SPOUT_CUDA=ON needs an nvcc of torch's own CUDA version. A given torch may come with a toolkit.
make_nvcc() {
  [[ $cuda == ON ]] || return 0
  local torch major version
  torch=$(realpath .venv/torch)
  [[ -e $torch/lib/libtorch_cuda.so ]] || die "SPOUT_CUDA=ON, but $torch was built without CUDA"
  version=$(sed -n "s/^cuda.*= '\([0-9.]*\)'/\1/p" "$torch/version.py" 2>/dev/null || true)
  major=${version%%.*}
  compgen -G ".venv/lib/python3.*/site-packages/nvidia/cu$major/bin/nvcc" >/dev/null && return
  if [[ -n ${SPOUT_TORCH:-} ]]; then
    PATH=$PATH:/usr/local/cuda/bin nvcc --version 2>/dev/null |
      grep -q "release $major\\." && return
  fi
  # torch pins this package; its extras are the compiler in exactly the same version.
  version=$(.venv/bin/python 2>/dev/null -c \
    'import importlib.metadata as m; print(m.version("cuda-toolkit"))' || echo "$version.*")
  say "installing nvcc $version as wheels"
  (
    flock 9
    .venv/bin/pip install "${pip_options[@]}" \
      "cuda-toolkit[nvcc,nvvm,crt,cccl,cudart]==$version" 9>&- ||
      die "pip could not install nvcc $version"
  ) 9>"$(realpath .venv).lock"
}

# As many jobs as there are cores, and at most one for every 2 GiB that are free.
jobs() {
  local memory count
  memory=$(awk '/^MemAvailable/ {print int($2 / 2097152)}' /proc/meminfo)
  count=$(nproc)
  ((count <= memory)) || count=$memory
  echo "${SPOUT_JOBS:-$((count > 0 ? count : 1))}"
}

# configure PRESET: anew when torch or SPOUT_CUDA changed, since CMake keeps what it once found.
configure() {
  local folder=build/$1 log=build/$1/configure.log torch key
  torch=$(realpath .venv/torch)
  key="$torch $(sha256sum "$torch/include/torch/headeronly/version.h") $cuda"
  [[ ! -e $folder/build.ninja || $(cat "$folder/spout-key" 2>/dev/null) != "$key" ]] || return 0
  say "configuring $folder"
  mkdir -p "$folder"
  rm -f "$folder/spout-key"
  cmake --preset "$1" --fresh "-DSPOUT_CUDA=$cuda" >"$log" 2>&1 || {
    cat "$log" >&2
    die "cmake failed"
  }
  sed -n 's/^-- spout: /setup:   /p' "$log" >&2
  echo "$key" >"$folder/spout-key"
}

# build PRESET TARGET...
build() {
  local folder=build/$1 quiet=()
  configure "$1"
  shift
  [[ -t 2 ]] || quiet=(--quiet)
  say "building $folder ($*)"
  cmake --build "$folder" --target "$@" -- -j "$(jobs)" "${quiet[@]}" >&2 || die "the build failed"
}

main() {
  local what=("$@")
  (($#)) || what=(--preset release spout)
  case ${what[0]}-$# in
    --no-build-1 | --preset-0) ;;
    --preset-[0-2]) die "expected --preset NAME TARGET..., found $*" ;;
    --preset-*) ;;
    *) die "expected nothing, --no-build or --preset NAME TARGET..., found $*" ;;
  esac
  [[ -z ${SPOUT_TORCH:-} ]] || given_torch >/dev/null # says what is wrong with it, once
  install_debian_packages
  make_environment
  make_nvcc
  [[ ${what[0]} == --preset ]] || return 0
  mkdir -p build
  (
    flock 9
    build "${what[@]:1}" 9>&-
  ) 9>build/.lock
}

main "$@"
