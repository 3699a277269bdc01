#!/bin/sh
# The container's entry: looks whether the bot could run, then becomes the launcher, which is PID 1 from then on.
#
# BIN_DIR    where launcher and casino-bot are     default: the folder of this script
# DATA_DIR   the volume for database and state     default: /data
# Arguments go to the bot, such as --demo.
set -eu

BIN_DIR=${BIN_DIR:-$(cd -- "$(dirname -- "$0")" && pwd)}
DATA_DIR=${DATA_DIR:-/data}

die() {
    echo "docker-startup: $1" >&2
    exit 78
}

[ -x "$BIN_DIR/launcher" ] || die "$BIN_DIR/launcher is not there or not executable: build the image again, or set BIN_DIR"
[ -d "$DATA_DIR" ] || mkdir -p -- "$DATA_DIR" 2>/dev/null || die "$DATA_DIR is not there: mount a volume, or set DATA_DIR"
[ -w "$DATA_DIR" ] || die "$DATA_DIR cannot be written by user $(id -u): chown the volume, or run with --user"
BIN_DIR=$(cd -- "$BIN_DIR" && pwd)
cd -- "$DATA_DIR" || die "$DATA_DIR cannot be entered: give its user the right to, or set DATA_DIR"
DATA_DIR=$(pwd)

export DATABASE_PATH="${DATABASE_PATH:-$DATA_DIR/casino.db}"
export STATE_DIRECTORY="${STATE_DIRECTORY:-$DATA_DIR/state}"

# Docker ends the container when this process ends, and signals it alone: nothing may stand between it and the launcher.
exec "$BIN_DIR/launcher" -- "$@"
