#!/bin/sh
# The box in which submissions are graded needs bubblewrap: install it where that can be done without asking for a
# password, else say in a sentence what to do. Never fails: all but grading works without it.
command -v bwrap >/dev/null && exit 0
as_root=""
if [ "$(id -u)" != 0 ]; then
  as_root="sudo -n"
  sudo -n true 2>/dev/null || as_root=none
fi
if [ "$as_root" != none ] && command -v apt-get >/dev/null; then
  echo "Installing bubblewrap, the box in which submissions are graded."
  { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends bubblewrap; } >/dev/null 2>&1
fi
command -v bwrap >/dev/null ||
  echo "Grading needs bubblewrap, and it is not here: install it (Debian, Ubuntu: sudo apt install bubblewrap)." >&2
exit 0
