#!/bin/sh
# Runs a compiler command and fails when it printed a warning: -Werror without a change to the
# command line, so that ccache can hand out objects which were compiled without it.
# (ccache stores an object's warnings and prints them again on every hit.)
messages=$("$@" 2>&1 >/dev/null)
status=$?
[ -z "$messages" ] || printf '%s\n' "$messages" >&2
case $messages in
  *"warning: "* | *": warning #"*) [ "$status" -ne 0 ] || status=1 ;;
esac
exit "$status"
