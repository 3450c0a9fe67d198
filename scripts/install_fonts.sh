#!/bin/sh
# Install the fonts and word lists that synthetic windows are drawn with (Debian or Ubuntu, as root).
#
#     scripts/install_fonts.sh            every package of ocrkit/train/fonts.csv
#     scripts/install_fonts.sh --few      a handful of common families, for tests
#
# texlive-fonts-extra is not installed, since it brings a TeX system with it: only its font files are unpacked, into
# $TEX_FONTS (default /opt/fonts/texlive-fonts-extra), with their licences.
set -eu
cd "$(dirname "$0")/.."

words="wamerican wbritish wdanish wdutch wfrench witalian wngerman wnorwegian wportuguese wspanish wswedish"
# the last column may name several, in quotes
packages=$(tail -n +2 ocrkit/train/fonts.csv | cut -d, -f5- | tr -d '"' | tr ',' '\n' | sort -u | grep -v '^texlive-')
if [ "${1:-}" = --few ]; then
    words=wamerican
    packages="fonts-liberation fonts-dejavu-core fonts-freefont-ttf console-setup-linux"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086  # lists of words
apt-get install -q -y --no-install-recommends $words $packages

if [ "${1:-}" != --few ]; then
    target=${TEX_FONTS:-/opt/fonts/texlive-fonts-extra}
    if [ ! -d "$target" ]; then
        folder=$(mktemp -d)
        (cd "$folder" && apt-get download -q texlive-fonts-extra)
        mkdir -p "$target.part"
        dpkg-deb --fsys-tarfile "$folder"/texlive-fonts-extra_*.deb | tar -x -C "$target.part" --wildcards \
            './usr/share/texlive/texmf-dist/fonts/opentype/*' \
            './usr/share/texlive/texmf-dist/fonts/truetype/*' \
            './usr/share/doc/texlive-fonts-extra/*'
        mv "$target.part" "$target"
        rm -r "$folder"
    fi
fi
