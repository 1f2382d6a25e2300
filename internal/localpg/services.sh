# shellcheck shell=sh
# For scripts that install packages of Debian as root, sourced by them: no service
# starts in between, and policy-rc.d is afterwards as it was, a link that stays a link.
# A run that was killed leaves both files; the next one puts them right.

policy=/usr/sbin/policy-rc.d
policy_mark='# of carrierhook, for as long as a package is installed'

hold_services() {
	if [ -e "$policy" ] || [ -L "$policy" ]; then
		grep -qsF "$policy_mark" "$policy" || mv "$policy" "$policy.carrierhook-saved" || return 1
	fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy" && chmod 755 "$policy"
}

release_services() {
	! grep -qsF "$policy_mark" "$policy" || rm -f "$policy"
	if [ -e "$policy.carrierhook-saved" ] || [ -L "$policy.carrierhook-saved" ]; then
		mv -f "$policy.carrierhook-saved" "$policy"
	fi
}
