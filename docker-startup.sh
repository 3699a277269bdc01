#!/bin/sh
# The container's entry point: checks whether the bot can run, then becomes the launcher as PID 1.
#
# BIN_DIR    the folder of launcher and casino-bot     default: the folder of this script
# DATA_DIR   the volume for database and state         default: /data
# The bot gets the arguments, such as --demo.
set -eu

BIN_DIR=${BIN_DIR:-$(cd -- "$(dirname -- "$0")" && pwd)}
DATA_DIR=${DATA_DIR:-/data}

die() {
    echo "docker-startup: $1" >&2
    exit 78
}

[ -x "$BIN_DIR/launcher" ] || die "$BIN_DIR/launcher does not exist or is not executable: rebuild the image, or set BIN_DIR"
[ -d "$DATA_DIR" ] || mkdir -p -- "$DATA_DIR" 2>/dev/null || die "$DATA_DIR is no folder and cannot be created: mount a volume, or set DATA_DIR"
[ -w "$DATA_DIR" ] || die "$DATA_DIR is not writable by user $(id -u): chown the volume, or run with --user"
BIN_DIR=$(cd -- "$BIN_DIR" && pwd)
cd -- "$DATA_DIR" || die "user $(id -u) cannot enter $DATA_DIR: change its mode, or set DATA_DIR"
DATA_DIR=$(pwd)

# A default beside NAME_FILE would be a second value.
[ -n "${DATABASE_PATH_FILE:-}" ] || export DATABASE_PATH="${DATABASE_PATH:-$DATA_DIR/casino.db}"
[ -n "${STATE_DIRECTORY_FILE:-}" ] || export STATE_DIRECTORY="${STATE_DIRECTORY:-$DATA_DIR/state}"

# Docker signals only this process and ends the container with it, so it must be the launcher itself.
exec "$BIN_DIR/launcher" -- "$@"
