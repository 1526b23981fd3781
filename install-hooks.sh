#!/bin/sh
# Makes git run the hooks of .githooks in this clone (core.hooksPath). Doing it twice changes nothing.
#
#   ./install-hooks.sh               where hooks of yours would stop running, it says so and changes nothing
#   ./install-hooks.sh --force       installs all the same, and says which hooks no longer run; none is deleted
#   ./install-hooks.sh --uninstall   gives the clone back its own hooks
#
# Nothing in the project needs the hooks: CI makes the same checks. For PowerShell: install-hooks.ps1.
set -eu

ours=.githooks
say() { printf '%s\n' "$*" >&2; }

mode=${1:-install}
case $mode in
install | --force | --uninstall) ;;
*)
  say "install-hooks: unknown option $mode. Allowed: --force, --uninstall"
  exit 2
  ;;
esac

cd "$(dirname "$0")"
if ! top=$(git rev-parse --show-toplevel 2>/dev/null) || [ ! -f "$top/$ours/pre-commit" ]; then
  say "install-hooks: this is not a clone of the project: no git repository with $ours/pre-commit here"
  exit 1
fi
cd "$top"
current=$(git config --get core.hooksPath || true)

if [ "$mode" = --uninstall ]; then
  if [ "$current" != "$ours" ]; then
    say 'The hooks are not installed; nothing was changed.'
  else
    git config --local --unset core.hooksPath
    say 'The hooks are uninstalled.'
  fi
  exit 0
fi
if [ "$current" = "$ours" ]; then
  say 'The hooks are installed already.'
  exit 0
fi

# What runs now and would not run any more.
theirs=
if [ -n "$current" ]; then
  theirs="core.hooksPath = $current"
else
  for file in "$(git rev-parse --git-common-dir)"/hooks/*; do
    case $file in
    *.sample | *'*') ;;
    *) [ -x "$file" ] && theirs="${theirs:+$theirs, }$file" ;;
    esac
  done
fi
if [ -n "$theirs" ] && [ "$mode" != --force ]; then
  say "You have hooks of your own: $theirs"
  say "They would no longer run, so nothing was changed. To install all the same: ./install-hooks.sh --force"
  say "or call $ours/pre-commit from your own pre-commit hook."
  exit 1
fi
git config --local core.hooksPath "$ours"
[ -z "$theirs" ] || say "No longer run, but not deleted: $theirs"
say 'The hooks are installed: package-lock.json follows package.json, and what is staged is linted and type-checked.'
