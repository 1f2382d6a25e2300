#!/bin/sh
# Runs a command with a temporary folder of its own, and removes it afterwards,
# however the command ended. Tests make and drop hundreds of databases, so the
# folder is in memory where there is room for them.
#
#   scratch.sh COMMAND [ARGUMENT...]
#
# It is a failure if a command that succeeded has left something in the folder. Who is
# killed removes nothing: the next run does, an hour later.
set -u
LC_ALL=C
export LC_ALL

needed=4194304 # KiB: the largest database of a test, its WAL, and what runs beside it
usual=${TMPDIR:-/tmp}
parent=$usual
free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $1 == "tmpfs" { print $4 }')
if [ "${free:-0}" -ge "$needed" ] && [ -w /dev/shm ]; then
	parent=/dev/shm
fi

# The name tells which process the folder is of. Everybody may make one with such a
# name, and with a line break in it: only our own are looked at, each by itself.
# shellcheck disable=SC2016 # for the inner shell
find "$parent" "$usual" -maxdepth 1 -type d -user "$(id -u)" -name 'carrierhook-tests-*' -mmin +60 -exec sh -c '
	for old; do
		pid=${old##*/carrierhook-tests-}
		kill -0 "${pid%%-*}" 2>/dev/null || rm -rf "$old"
	done' sh {} + 2>/dev/null

folder=$(mktemp -d "$parent/carrierhook-tests-$$-XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP
chmod 711 "$folder" # root's Postgres runs as another account
TMPDIR=$folder "$@"
code=$?
left=$(ls -A "$folder")
if [ "$code" = 0 ] && [ -n "$left" ]; then
	echo "scratch: the tests left in their temporary folder:" >&2
	(cd "$folder" && du -sk -- * | sort -rn | head) >&2
	code=1
fi
exit $code
