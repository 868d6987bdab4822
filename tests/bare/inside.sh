#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inside.sh SUITE WHO TARGETS: run by run.sh as the first process of a bare tree, with its cache at /share.
# shellcheck disable=SC2016,SC2020,SC2317 # scripts and functions that are handed over
set -uo pipefail
suite=$1
who=$2
targets=$3
results=/share/results/$suite-$who
bad=0

# is NAME COMMAND...: one line for each thing that was looked at
is() {
	local name=$1
	shift
	if "$@" >"$results/why" 2>&1; then
		echo "ok $suite, $who: $name"
	else
		echo "not ok $suite, $who: $name"
		tail -n 15 "$results/why" | sed 's/^/# /'
		bad=1
	fi
}
refuse() { ! "$@"; }
qemu_runs() { grep -lz '[q]emu-system' /proc/[0-9]*/cmdline; }

# as USER COMMAND...
as() {
	local user=$1 home
	home=$(getent passwd "$1" | cut -d: -f6)
	shift
	setpriv --reuid="$user" --regid="$user" --init-groups env -i HOME="$home" USER="$user" LOGNAME="$user" \
		PATH=/usr/local/bin:/usr/bin:/bin TERM=dumb LANG=C.UTF-8 sh -c 'cd && exec "$@"' sh "$@"
}

# new_user NAME: with a home of his own
new_user() { useradd -m -s /bin/bash -K HOME_MODE=0700 "$1"; }

clone_for() {
	as "$1" sh -c 'chmod 700 . && git init -q machine && cd machine && b=/share/clone.bundle &&
		git fetch -q "$b" "$(git bundle list-heads "$b" | cut -d" " -f2)" && git checkout -q -B main FETCH_HEAD'
}

installed() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort; }
history_of_apt() { cat /var/log/apt/history.log 2>/dev/null; stat -c %Y /var/lib/apt/lists; }
words() { [ -s "$results/demo.log" ] && grep -qF -- "$1" "$results/demo.log"; }
# Compiler and linker; that the builder itself warns, of a mirror that lacks something, is another matter.
no_warnings() { [ -s "$results/demo.log" ] && refuse grep -nE '^[^i].*[Ww]arning: ' "$results/demo.log"; }
# docker-machine's own texts are as they were; so are the driver's, which begin with the machine's name.
narrow() { refuse awk 'length($0) > 80 && !/^(\(demo\) |To see how to connect )/ { print; n++ } END { exit n == 0 }' "$results/demo.log"; }

# Packages that the tests alone want, and that were not there before.
none_of_tests() {
	local more
	more=$(as "$user" make -s -C machine deps-list | sed -n 's/^more: //p' | tr ' |' '\n\n' | sort)
	[ -n "$more" ] || return 1
	comm -12 <(echo "$more") <(comm -13 "$results/before" "$results/after") >"$results/tests"
	cat "$results/tests"
	[ ! -s "$results/tests" ]
}

client_named() {
	local package plan
	package=$(sed -n 's/^  sudo apt install .* //p' "$results/demo.log")
	[ -n "$package" ] && plan=$(apt-get install -s --no-install-recommends "$package" 2>&1) || return 1
	grep "^Inst $package " <<<"$plan"
}

facts() {
	local bytes
	bytes=$(comm -13 "$results/before" "$results/after" | xargs apt-cache show --no-all-versions |
		awk '/^Size: /{ s += $2 } END { printf "%d", s / 1000000 }')
	printf '%s, %s: %s packages (%s MB to download, %s MB on disk), image from %s MB of packages, build/ %s MB, %s s\n' \
		"$suite" "$who" "$(comm -13 "$results/before" "$results/after" | wc -l)" "$bytes" "$((disk_after - disk_before))" \
		"$(du -sm "$clone/build/cache/apt" | cut -f1)" "$(du -sm "$clone/build" | cut -f1)" "$seconds"
}

disk() { du -sxm --exclude=/var/cache/apt /usr /var /etc /opt 2>/dev/null | awk '{ s += $1 } END { print s }'; }

# The packages that apt fetched here once are there the next time; so are those of the image.
prepare() {
	cp /share/sources.list /etc/apt/sources.list
	cp /share/apt.conf /etc/apt/apt.conf.d/99host
	mount --bind "/share/archives/$suite" /var/cache/apt/archives
	new_user plain
	user=root
	[ "$who" = root ] || {
		user=tester
		apt-get -qq update && apt-get -qq install -y --no-install-recommends sudo </dev/null || return 1
		new_user tester
		echo 'tester ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/tester
	}
	clone=$(getent passwd "$user" | cut -d: -f6)/machine
	clone_for plain && clone_for "$user" || return 1
	as "$user" mkdir -p machine/build/cache/apt/trixie/archives
	mount --bind /share/image "$clone/build/cache/apt/trixie/archives"
	# What he types is kept there.
	touch "$results/demo.log" "$results/targets.log"
	chown -R "$user:" /share/image "$results"/{demo,targets}.log
}

# Without root and sudo: what is missing, and nothing more.
nobody_helps() {
	local log=$results/plain.log
	refuse as plain make -C machine demo >"$log" 2>&1 </dev/null || return 1
	cat "$log"
	grep -q "qemu-system-x86" "$log" && grep -q "^hint: " "$log" && refuse grep -qE '  CC|not found|image:' "$log" &&
		[ ! -e /home/plain/machine/build ]
}

prepare >"$results/prepare.log" 2>&1 || { tail -n 5 "$results/prepare.log" && exit 1; }
installed >"$results/before"
is "without root and sudo the missing packages are named, and nothing is begun" nobody_helps
disk_before=$(disk)
began=$SECONDS
is "make demo works at the first try" as "$user" sh -c 'timeout 5400 make -C machine demo </dev/null >/share/"$1" 2>&1 || { tail -n 15 "/share/$1"; exit 1; }' \
	sh "results/$suite-$who/demo.log"
seconds=$((SECONDS - began))
disk_after=$(disk)
installed >"$results/after"
is "a container ran" words "hello from a container in the machine 'demo'"
is "a published port answered" words "hello from port 80 of a container"
is "nothing of the tests was installed" none_of_tests
is "no warnings of compilers and linkers" no_warnings
is "no line is longer than a terminal" narrow
is "a client is named that this release has" client_named
before=$(history_of_apt)
is "the second time it works" as "$user" timeout 1800 make -C machine demo
is "make deps-demo does nothing any more" as "$user" sh -c 'words=$(make -s -C machine deps-demo 2>&1) && [ -z "$words" ]'
is "apt was not asked again" [ "$(history_of_apt)" = "$before" ]
is "the machine can be removed" as "$user" machine/build/machine rm -y demo
is "no process is left" refuse qemu_runs
cp "$clone/build/image/SHA256SUMS" "$results/" 2>/dev/null
facts >"$results/facts"
if [ -n "$targets" ]; then
	# shellcheck disable=SC2086 # words
	is "make deps $targets" as "$user" sh -c 'log=/share/$1; shift; make -C machine deps >$log 2>&1 && make -C machine "$@" >>$log 2>&1 || { grep -nE "^not ok|error|FAILED|\*\*\*" "$log" | tail -n 12; tail -n 5 "$log"; exit 1; }' \
		sh "results/$suite-$who/targets.log" $targets
	before=$(history_of_apt)
	is "make deps does nothing any more" as "$user" sh -c 'words=$(make -s -C machine deps 2>&1) && [ -z "$words" ]'
	is "apt was not asked again after make deps" [ "$(history_of_apt)" = "$before" ]
fi
exit $bad
