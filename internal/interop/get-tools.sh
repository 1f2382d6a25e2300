#!/bin/sh
# Gets the programs that `make interop` needs, as Debian's packages and npm's.
# Where all are there it does nothing, quickly.
#
#   get-tools.sh           get what is missing
#   get-tools.sh --check   print the folder of what is not the system's, or fail
#
# Packages that would start a service (haproxy's, nginx's, promtool's) are not
# installed: the one program is unpacked into the folder, with the libraries that the
# system lacks. Root has the rest installed into the system, which is said first;
# CARRIERHOOK_INSTALL=no goes without, and as an ordinary user is told what to install.
set -eu
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd -P)
if [ "$(id -u)" = 0 ]; then
	cache=/var/cache/carrierhook/interop # HOME may be somebody else's
else
	cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/carrierhook/interop
fi
PATH=$PATH:/usr/sbin:/sbin:$cache/bin
export PATH

# Each program and the package that it is in.
installed='curl curl
javac default-jdk-headless
jq jq
libfaketime libfaketime
node nodejs
npm npm
openssl openssl
php php-cli
shellcheck shellcheck
xmllint libxml2-utils'
unpacked='haproxy haproxy
nginx nginx
promtool prometheus'

say() { echo "get-tools: $*" >&2; }

# Postgres' own programs are beside initdb. A folder that get-postgres.sh filled has no
# pg_basebackup: that comes from the package of the same major version.
postgres=$("$here/../localpg/get-postgres.sh" --check) || {
	say "there is no Postgres: internal/localpg/get-postgres.sh gets it"
	exit 1
}
if [ ! -x "$postgres/pg_basebackup" ]; then
	major=$("$postgres/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	unpacked="$unpacked
pg_basebackup postgresql-client-$major"
fi

# packages_of LIST: the packages of its programs that are not there.
packages_of() {
	echo "$1" | while read -r program package; do
		case $program in
		libfaketime) clock_there || echo "$package" ;;
		*) command -v "$program" >/dev/null || echo "$package" ;;
		esac
	done
}

# libfaketime gives a program a clock of the test's own. It has no command.
clock_there() {
	set -- /usr/lib/*/faketime/libfaketime.so.1
	[ -e "$1" ]
}

npm_there() {
	cmp -s "$here/package-lock.json" "$cache/npm/package-lock.json" && [ -d "$cache/npm/node_modules" ]
}

all_there() {
	[ -z "$(packages_of "$installed
$unpacked")" ] && npm_there
}

# shellcheck source=/dev/null
. "$here/../localpg/services.sh"

work= held=
cleanup() {
	[ -z "$held" ] || release_services
	held=
	[ -z "$work" ] || rm -rf "$work"
}

# install PACKAGE...: without starting a service.
install() {
	say "apt-get installs: $*"
	held=yes
	hold_services || return 1
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >&2
}

# download PACKAGE...: into the working directory.
download() { apt-get download -qq -o APT::Sandbox::User="$(id -un)" "$@" >&2; }

# unpack PROGRAM PACKAGE: takes the one program out of its package.
unpack() {
	say "unpacking $1 of the package $2 into $cache"
	mkdir "$work/$2"
	(cd "$work/$2" && download "$2") || return 1
	dpkg --fsys-tarfile "$work/$2"/*.deb | tar -x -C "$work/$2" --wildcards "./usr/*bin/$1" || return 1
	found=$(find "$work/$2/usr" -type f -path "*bin/$1")
	chmod 755 "$found" || return 1
	mkdir -p "$cache/bin"
	if ldd "$found" | grep -q 'not found'; then
		unpack_libraries "$1" "$2" && mv "$found" "$cache/lib/$1/$1" || return 1
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "'$cache/lib/$1'" "'$cache/lib/$1/$1'" >"$work/$2/wrapper"
		chmod 755 "$work/$2/wrapper"
		found=$work/$2/wrapper
	fi
	mv "$found" "$cache/bin/$1"
}

# unpack_libraries PROGRAM PACKAGE: those that the package wants and the system lacks.
unpack_libraries() {
	mkdir "$work/$2/lib"
	(
		cd "$work/$2/lib"
		needed=$(apt-get install --simulate --no-install-recommends "$2" | sed -n 's/^Inst \(lib[^ ]*\) .*/\1/p')
		# shellcheck disable=SC2086 # one word each
		download $needed
		for deb in *.deb; do
			dpkg -x "$deb" .
		done
	) || return 1
	rm -rf "${cache:?}/lib/$1"
	mkdir -p "$cache/lib/$1"
	find "$work/$2/lib" -name '*.so*' -exec mv {} "$cache/lib/$1" \;
}

# The lock file has each package's hash, which npm compares, and no host.
get_npm() {
	say "getting what package-lock.json names with npm into $cache/npm"
	mkdir "$work/npm"
	cp "$here/package.json" "$here/package-lock.json" "$work/npm"
	(cd "$work/npm" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2) || return 1
	rm -rf "$cache/npm"
	mv "$work/npm" "$cache/npm"
}

if [ "${1:-}" = --check ]; then
	for package in $(packages_of "$installed
$unpacked"); do
		say "the Debian package $package is missing"
	done
	npm_there || say "the packages of package-lock.json are missing"
	all_there || exit 1
	echo "$cache"
	exit
fi
if all_there; then
	exit 0
fi

system=
case ${CARRIERHOOK_INSTALL:-yes} in
yes) [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || system=yes ;;
no) ;;
*)
	say "CARRIERHOOK_INSTALL=$CARRIERHOOK_INSTALL is neither yes nor no"
	exit 1
	;;
esac
umask 022
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$cache"
work=$(mktemp -d "$cache/work.XXXXXX")
missing=$(packages_of "$installed")
if [ "$system" ]; then
	if [ -n "$(packages_of "$installed
$unpacked")" ]; then
		say "this is root, so what is missing is installed. What that does to the system:"
		say "  apt-get update renews apt's lists; apt-get install adds, with what they need: $(echo "${missing:-nothing}" | tr '\n' ' ')"
		# shellcheck disable=SC2154 # services.sh has it
		say "  No service is started: $policy is changed for that, and put back."
		say "To leave the system as it is, end this and set CARRIERHOOK_INSTALL=no: then only $cache is written."
		apt-get update -qq >&2 || say "apt-get update failed; going on with the lists that are there"
	fi
	if [ -n "$missing" ]; then
		# shellcheck disable=SC2086 # one word each
		install $missing || say "apt-get install failed"
	fi
fi
echo "$unpacked" | while read -r program package; do
	command -v "$program" >/dev/null || unpack "$program" "$package" </dev/null || say "$program was not unpacked"
done
if ! npm_there && command -v npm >/dev/null; then
	get_npm || say "npm failed"
fi
if all_there; then
	exit 0
fi
missing=$(packages_of "$installed
$unpacked" | tr '\n' ' ')
if [ -n "$missing" ]; then
	say "Debian packages are missing: $missing"
	say "install them as root: apt-get install --no-install-recommends $missing"
fi
npm_there || say "the npm packages of $here/package-lock.json are missing"
exit 1
