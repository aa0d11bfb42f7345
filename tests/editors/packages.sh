#!/usr/bin/env bash
# Installs from Debian what the editors' tests drive; needs root. npm and PyPI give them the rest.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
packages=(
  tmux xvfb xdotool imagemagick dbus-daemon dbus-x11
  kate emacs-nox elpa-eglot chromium
  python3-gi python3-gi-cairo gir1.2-gtksource-3.0 gir1.2-vte-2.91 python3-sugar3
  sugar-pippy-activity python3-carquinyol telepathy-mission-control-5 sugar-icon-theme sugar-themes
)
# Node from elsewhere brings its own npm, which Debian's can't stand beside.
command -v npm >/dev/null || packages+=(nodejs npm)
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${packages[@]}"
