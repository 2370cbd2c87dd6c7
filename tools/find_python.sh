#!/bin/sh
# Print the newest Python >= 3.11 that can make an environment; any arguments are the only ones to try.
# Exit 1 and a sentence if there is none. A command that is there may still not run, so each one is tried.
set -u
usable='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'
if [ $# -gt 0 ]; then candidates="$*"; else candidates="python3.14 python3.13 python3.12 python3.11 python3 python"; fi
for python in $candidates; do
  if "$python" -c "$usable" >/dev/null 2>&1; then
    echo "$python"
    exit 0
  fi
done
echo "No usable Python 3.11 or newer was found (tried: $candidates)." >&2
echo "Install one together with its venv module (Debian, Ubuntu: apt install python3 python3-venv) and run make again." >&2
exit 1
