#!/usr/bin/env bash
# Checks how the code is written: format, clang-tidy, the style guide's limits, Python and shell.
#   scripts/lint.sh         the last line is `N passed, N failed`, one for each kind of check
#   scripts/lint.sh --quick the same without clang-tidy, in seconds
#   scripts/lint.sh --fix   formats C++ and Python in place
# The tools come from .venv in pinned versions; what git ignores is not looked at.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
max_lines=400
passed=0
failed=0

# Files that git tracks or would track, by pattern; links stand for a file that is listed itself.
files() { git ls-files --cached --others --exclude-standard -z -- "$@" | sort -zu | existing; }
existing() {
  local file
  while IFS= read -r -d '' file; do [[ ! -f $file || -L $file ]] || printf '%s\0' "$file"; done
}

# check NAME COMMAND...: runs it and counts it.
check() {
  local name=$1
  shift
  if "$@" >&2; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "lint: $name: failed" >&2
  fi
}

cpp_format() { files '*.h' '*.cpp' '*.cu' | xargs -0r .venv/bin/clang-format "$@"; }
cpp_formatted() {
  cpp_format --dry-run --Werror 2>&1 | sed -n 's/:.*clang-formatted.*/: not formatted/p' | uniq
}
python_style() {
  .venv/bin/ruff check --quiet --no-cache --line-length 100 --target-version py311 \
    --select E,F,I,UP,B --ignore B905 "$@" .
}
python_format() {
  .venv/bin/ruff format --quiet --no-cache --line-length 100 --target-version py311 "$@"
}

only_ascii() {
  ! files '*.h' '*.cpp' '*.cu' '*.py' '*.sh' '*.cmake' '*.txt' '*.json' '.ci/run' |
    LC_ALL=C xargs -0r grep -nP '[^\x00-\x7F]' /dev/null
}

short_files() {
  local file lines status=0
  while IFS= read -r -d '' file; do
    lines=$(wc -l <"$file")
    ((lines <= max_lines)) || {
      echo "$file: expected at most $max_lines lines, found $lines"
      status=1
    }
  done < <(files '*.h' '*.cpp' '*.cu' '*.py' '*.sh')
  return $status
}

clean_shell() {
  local file status=0
  while IFS= read -r -d '' file; do bash -n "$file" || status=1; done < <(files '*.sh' '.ci/run')
  return $status
}

# clang-tidy reads the compile commands of preset ci.
tidy() {
  cmake --preset ci >/dev/null && .venv/bin/python scripts/checks/tidy.py "${SPOUT_JOBS:-$(nproc)}"
}

main() {
  scripts/setup.sh --no-build
  if [[ ${1:-} == --fix ]]; then
    cpp_format -i
    python_style --fix
    python_format .
    return
  fi
  check 'clang-format (scripts/lint.sh --fix)' cpp_formatted
  check 'ASCII only' only_ascii
  check "at most $max_lines lines" short_files
  check 'includes point one way' .venv/bin/python scripts/checks/include_graph.py
  check 'shell syntax' clean_shell
  check 'ruff check' python_style
  check 'ruff format (scripts/lint.sh --fix)' python_format --check .
  [[ ${1:-} == --quick ]] || check clang-tidy tidy
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

main "$@"
