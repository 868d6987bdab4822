# SPDX-License-Identifier: Apache-2.0
# env, evaluated by the shells themselves, where paths and URLs hold what shells expand: every value arrives as it is, and
# nothing of it runs. powershell's and cmd's forms are in tests/unit/test_cmd_shell.c.
load helper

names="DOCKER_TLS_VERIFY DOCKER_HOST DOCKER_CERT_PATH DOCKER_MACHINE_NAME NO_PROXY no_proxy"

# SHELL [NAME]: the machine's store is a place with a hostile name below HOME
begin() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind is no shell's matter"
	machines_run
	fakes
	# shellcheck disable=SC2016 # the name shall hold just this
	store="$HOME/"${2-'a  $HOME `touch ran` $(touch ran) "q" '\''s'\'' !! !x \n \\ {p,q} [a] * ~ % & ;x'}
	cd "$HOME"
	mkdir "$store"
	export MACHINE_STORAGE_PATH="$store" names MACHINE
	export NO_PROXY=localhost no_proxy='a,$(touch ran)'
	machine create dev
	is_status 0
	wanted="1
$("$MACHINE" url dev)
$store/machines/dev
dev
localhost,$("$MACHINE" ip dev)
a,\$(touch ran),$("$MACHINE" ip dev)
unset"
}

teardown() {
	[ -n "${OWN_HOME:-}" ] || return 0
	[ -z "$store" ] || MACHINE_STORAGE_PATH=$store "$MACHINE" rm -f dev >/dev/null 2>&1 || true
	remove_home
}

# COMMAND...: prints the variables, and "unset" once they are gone
check() {
	local got
	got=$(cd "$HOME" && "$@" 2>&1)
	[ "$got" = "$wanted" ] || fail_with "got: $got
wanted: $wanted"
	[ ! -e "$HOME/ran" ] || fail_with "a value was run"
}

# shellcheck disable=SC2016 # the shells shall expand it
posix='eval "$("$MACHINE" -s "$MACHINE_STORAGE_PATH" env --no-proxy dev)"; printenv $names
	eval "$("$MACHINE" env -u --no-proxy)"; printenv $names || echo unset'

@test "bash" {
	begin bash
	check bash -c "$posix"
	# As if typed, where "!" is history
	check bash --norc -c "set -o history -o histexpand; $posix"
}

@test "bash, without quotes, as docker-machine's own words say it" {
	# shellcheck disable=SC2016
	begin bash 'a  $HOME `touch ran` "q" '\''s'\'' !x  \n {p,q} ~ ;x'
	# shellcheck disable=SC2016
	check bash -c 'eval $("$MACHINE" env --no-proxy dev); printenv $names
		eval $("$MACHINE" env -u --no-proxy); printenv $names || echo unset'
}

@test "dash" {
	begin dash
	check dash -c "$posix"
}

@test "zsh" {
	begin zsh
	check zsh -f -c "setopt shwordsplit banghist; $posix"
}

@test "fish" {
	begin fish
	# shellcheck disable=SC2016
	check fish --no-config -c 'eval ($MACHINE -s $MACHINE_STORAGE_PATH env --shell fish --no-proxy dev); printenv (string split " " $names)
		$MACHINE env --shell fish -u --no-proxy | source; printenv (string split " " $names); or echo unset'
}

@test "tcsh" {
	begin tcsh
	# shellcheck disable=SC2016
	local script='eval `"$MACHINE" -s "$MACHINE_STORAGE_PATH" env --shell tcsh --no-proxy dev`; foreach n ($names:x)
			printenv $n
		end
		eval `"$MACHINE" env --shell tcsh -u --no-proxy`; if (! $?DOCKER_HOST && ! $?NO_PROXY && ! $?no_proxy && ! $?DOCKER_CERT_PATH) echo unset'
	printf '%s\n' "${script//:x/}" >"$HOME/script"
	check tcsh -f "$HOME/script"
	{ echo 'set backslash_quote'; cat "$HOME/script"; } >"$HOME/script2"
	check tcsh -f "$HOME/script2"
}

@test "emacs" {
	begin emacs
	check emacs -Q --batch --eval '(progn
		(defun evaluate (arguments) (with-temp-buffer
			(call-process-shell-command (concat "\"$MACHINE\" env --shell emacs --no-proxy " arguments) nil (current-buffer)) (eval-buffer)))
		(evaluate "dev")
		(dolist (name (split-string (getenv "names"))) (princ (format "%s\n" (getenv name))))
		(evaluate "-u")
		(unless (delq nil (mapcar (quote getenv) (split-string (getenv "names")))) (princ "unset\n")))'
}

@test "cmd is told nothing that it would run" {
	begin cat
	machine env --shell cmd dev
	is_status 1
	out_is ""
	err_has "DOCKER_CERT_PATH cannot be set in cmd"
}

@test "NO_PROXY and no_proxy both set: both get the address, which is a part of its own" {
	begin cat
	ip=$("$MACHINE" ip dev)
	NO_PROXY=up no_proxy=low machine env --no-proxy dev
	out_has "export no_proxy=\"low,$ip\"
export NO_PROXY=\"up,$ip\""
	NO_PROXY=up no_proxy= machine env --no-proxy dev
	out_has "export NO_PROXY=\"up,$ip\""
	out_lacks no_proxy=
	NO_PROXY= no_proxy=low machine env --no-proxy dev
	out_has "export no_proxy=\"low,$ip\""
	out_lacks NO_PROXY=
	NO_PROXY="1$ip,${ip}2" no_proxy= machine env --no-proxy dev
	out_has "export NO_PROXY=\"1$ip,${ip}2,$ip\""
	NO_PROXY="a, $ip ,b" no_proxy= machine env --no-proxy dev
	out_has "export NO_PROXY=\"a, $ip ,b\""
	NO_PROXY=up no_proxy=low machine env -u --no-proxy --shell bash
	out_has "unset no_proxy
unset NO_PROXY"
}

@test "a record's URL that is none is not handed to a shell" {
	begin cat
	port=$("$MACHINE" url dev) port=${port##*:}
	for url in "tcp://127.0.0.1:$port/_ping?\`touch ran\`" "tcp://127.0.0.1:$port/\";touch ran;\"" "tcp://a b:$port" \
		"tcp://127.0.0.1:$port/_ping?|touch"; do
		machine create -d none --url "$url" foo
		for shell in bash fish tcsh powershell cmd emacs; do
			machine env --shell $shell foo
			is_status 1
			out_is ""
		done
		err_has "is not the URL of an engine"
		machine config foo
		is_status 1
		out_is ""
		machine rm -y foo
	done
}
