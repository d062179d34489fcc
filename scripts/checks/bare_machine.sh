#!/usr/bin/env bash
# Tries spout as on a machine that has nothing: a bare Debian 12 in a folder, a clone of HEAD in it,
# set-up, build, installation, and the consumer program against the installed and the fetched
# library, its numbers beside PyTorch's. Needs root, debootstrap and 15 GB; takes half an hour.
#   scripts/checks/bare_machine.sh DIR [COMMAND...]   (default command: the consumer's test)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
((EUID == 0)) || { echo "needs root" >&2 && exit 1; }
machine=$(realpath -m "$1")
shift
if [[ ! -e $machine/bin/bash ]]; then
  debootstrap --variant=minbase --include=ca-certificates,git,python3,python3-venv,g++ \
    bookworm "$machine"
fi
# Name servers and certificates, so that packages are found from inside as from outside.
cp /etc/resolv.conf "$machine/etc/"
cp -r /etc/ssl/certs/. "$machine/etc/ssl/certs/"
mountpoint -q "$machine/proc" || mount -t proc proc "$machine/proc"
trap 'umount "$machine/proc"' EXIT
rm -rf "$machine/root/spout"
git clone -q . "$machine/root/spout"

default='scripts/setup.sh
cmake --install build/release --prefix /opt/spout
su nobody -s /bin/sh -c "/opt/spout/bin/spout --version"
SPOUT_BIN=build/release/spout .venv/bin/python -m pytest -q -p no:cacheprovider tests/cli/consumer_test.py'
chroot "$machine" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  PIP_CERT="${PIP_CERT:-}" PIP_INDEX_URL="${PIP_INDEX_URL:-}" LC_ALL=C.UTF-8 \
  bash -euxc "cd /root/spout; ${*:-$default}"
