#!/usr/bin/env bash
# A real data set from any Debian or Ubuntu in seconds: a package's name and description as text,
# the packages it depends on as labels. No root, nothing of the system is changed. What apt has no
# lists of (containers often lack them, or the long descriptions) is fetched as apt-get update
# would, into a temporary folder.
#   scripts/examples/make_debian.sh [--output DIR] [--train] [--force] [--update | --offline]
#                          [--test-share 0.2] [--seed 0] [--min-sources 1] [--dump FILE]
#   --output DIR    DIR/train.txt, test.txt and about.json (default debian-depends)
#   --train         then sets spout up (scripts/setup.sh, which may want root), trains
#                   on it into DIR-run, measures, predicts a sentence
#   --force         replaces DIR (and DIR-run)
#   --update        fetches today's lists in any case; --offline: takes what apt has
#   --test-share X  of source packages that go to test.txt; --seed N: which ones
#   --min-sources N leaves out labels that packages of fewer sources than N depend on (default 1)
#   --dump FILE     records printed by apt-cache, - for standard input, in place of this system's
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
output=debian-depends force=0 train=0 lists=auto dump=''
choices=()
sentence='a terminal program that plays music from mp3 and ogg files'

say() { printf 'make_debian: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 2
}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

parse_options() {
  while (($#)); do
    case $1 in
      --help | -h) usage && exit ;;
      --force) force=1 ;;
      --train) train=1 ;;
      --update | --offline) lists=${1#--} ;;
      --output | --dump | --test-share | --seed | --min-sources)
        (($# > 1)) && [[ -n $2 ]] || die "$1: expected a value, found none"
        case $1 in
          --output) output=${2%/} ;;
          --dump) dump=$2 ;;
          *) choices+=("$1" "$2") ;;
        esac
        shift
        ;;
      *) die "unknown option $1; --help lists them" ;;
    esac
    shift
  done
}

# check_output FOLDER: before anything is fetched. make_debian.py looks again, and closer.
check_output() {
  ((force)) || [[ ! -e $1 ]] || die "$1: exists; --force replaces it, --output names another folder"
}

# apt's files of one kind that are there: list_files Packages | 'Translations' 'Language: en'.
list_files() {
  apt-get "${apt[@]}" indextargets --format '$(FILENAME)' 'Target-Of: deb' "Identifier: $1" "${@:2}"
}

has_packages() { [[ -n $(list_files Packages) ]]; }
has_long_texts() { [[ -n $(list_files Translations 'Language: en') ]]; }

# A configuration under which apt keeps its lists here, with English long descriptions and without
# what else apt may fetch (sources, icons, ...), and runs no hook of the system's.
private_apt() {
  mkdir -p "$temporary/lists/partial" "$temporary/cache"
  chmod 755 "$temporary" # apt's own user downloads, where root asks
  cat >"$temporary/apt.conf" <<END
Dir::State::lists "$temporary/lists";
Dir::Cache "$temporary/cache";
Acquire::Languages "en";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
  apt-config dump |
    sed -n 's/^\(Acquire::IndexTargets::deb[^ ]*\)::MetaKey .*/\1::DefaultEnabled "false";/p' |
    grep -v -e '::deb::Packages::' -e '::deb::Translations::' >>"$temporary/apt.conf" || true
  apt=(-c="$temporary/apt.conf")
}

fetch_lists() {
  local log=$temporary/update.log
  say "$1; fetching package lists for this run (some 20 MB, no root needed)"
  private_apt
  apt-get "${apt[@]}" -q update >"$log" 2>&1 || true
  # One dead source of several is no reason to stop.
  grep '^[EW]:' "$log" | head -n 5 >&2 || true
}

choose_lists() {
  command -v apt-cache >/dev/null ||
    die "expected Debian or Ubuntu, found no apt-cache; --dump FILE takes its output from elsewhere"
  local why=''
  if [[ $lists == update ]]; then
    why='as asked'
  elif ! has_packages; then
    why='apt has no package lists here'
  elif ! has_long_texts; then
    why='apt has no long descriptions here'
  fi
  [[ -n $why ]] || return 0
  [[ $lists == offline ]] || fetch_lists "$why"
  if ! has_packages; then
    [[ $lists != offline ]] || die "apt has no package lists; first: sudo apt-get update"
    [[ $lists != update ]] || die "no package lists could be fetched"
    apt=()
    has_packages || die "no package lists, and none could be fetched; first: sudo apt-get update"
  fi
  has_long_texts || say "no long descriptions: rows have a package's name and its one-line summary"
}

# Writes all that apt knows: the packages, then their long descriptions. (apt-cache show has both
# in one, but seeks every description in a compressed file: minutes.)
dump_records() {
  apt-cache "${apt[@]}" dumpavail
  echo
  local files
  mapfile -t files < <(list_files Translations 'Language: en')
  ((!${#files[@]})) || /usr/lib/apt/apt-helper cat-file "${files[@]}"
}

# Which distribution and suites, for about.json.
origin() {
  apt-get "${apt[@]}" indextargets --format '$(ORIGIN) $(CODENAME)/$(COMPONENT)' \
    'Target-Of: deb' 'Identifier: Packages' | sort -u | paste -sd , | sed 's/,/, /g'
}

build() {
  local options=(--output "$output" "${choices[@]}")
  ((!force)) || options+=(--force)
  if [[ -z $dump ]]; then
    choose_lists
    dump=$temporary/records
    dump_records >"$dump"
    options+=(--origin "$(origin)")
  fi
  echo "$output:"
  python3 "$root/scripts/examples/make_debian.py" --dump "$dump" "${options[@]}"
}

# step PIPED COMMAND...: shows the command as a person would type it, and with --train runs it.
step() {
  printf '$%s' "$1"
  shift
  printf ' %q' "${@##"$PWD"/}"
  printf '\n'
  ((!train)) || "$@"
}

next_steps() {
  local spout=${SPOUT_BIN:-$root/build/release/spout} run=$output-run replace=()
  ((!force)) || replace=(--force)
  if ((train)); then
    [[ -n ${SPOUT_BIN:-} ]] || "$root/scripts/setup.sh"
    printf '\n'
  else
    printf '\nto train on it (or --train):\n'
  fi
  step '' "$spout" train --train "$output/train.txt" --valid-share 0.05 --output "$run" \
    --config "$root/scripts/recipes/debian-text.json" "${replace[@]}"
  step '' "$spout" evaluate "$run" --data "$output/test.txt"
  step " echo '$sentence' |" "$spout" predict "$run" --data - --output - < <(echo "$sentence")
}

main() {
  parse_options "$@"
  check_output "$output"
  ((!train)) || check_output "$output-run"
  command -v python3 >/dev/null || die "expected python3, found none; first: sudo apt-get install python3"
  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  apt=()
  build
  next_steps
}

main "$@"
