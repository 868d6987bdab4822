# SPDX-License-Identifier: Apache-2.0
# env, evaluated by the shells themselves. What powershell and cmd are told is compared in env.bats to the byte.
load helper

names="DOCKER_TLS_VERIFY DOCKER_HOST DOCKER_CERT_PATH DOCKER_MACHINE_NAME NO_PROXY"

setup_shells() {
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind is no shell's matter"
	command -v "$1" >/dev/null || skip "no $1"
	machines_run
	fakes
	export MACHINE_STORAGE_PATH="$HOME/a store" NO_PROXY=localhost
	machine create dev
	is_status 0
	url=$("$MACHINE" url dev)
	wanted="1
$url
$HOME/a store/machines/dev
dev
localhost,$("$MACHINE" ip dev)"
	export MACHINE names
}

teardown() {
	[ -n "${OWN_HOME:-}" ] || return 0
	MACHINE_STORAGE_PATH="$HOME/a store" "$MACHINE" rm -f dev >/dev/null 2>&1 || true
	remove_home
}

# shell NAME OPTION... -- SET PRINT UNSET: in NAME, SET evaluates env, PRINT shows the variables, UNSET evaluates env -u
check() {
	local got
	got=$("$@")
	[ "$got" = "$wanted
unset" ] || fail_with "got: $got"
}

# shellcheck disable=SC2016 # the shells shall expand it
posix='eval "$("$MACHINE" env --no-proxy dev)"; printenv $names
	eval "$("$MACHINE" env -u --no-proxy)"; printenv $names || echo unset'

@test "bash" {
	setup_shells bash
	check bash -c "$posix"
}

@test "dash" {
	setup_shells dash
	check dash -c "$posix"
}

@test "zsh" {
	setup_shells zsh
	check zsh -f -c "setopt shwordsplit; $posix"
}

@test "fish" {
	setup_shells fish
	# shellcheck disable=SC2016
	check fish --no-config -c 'eval (eval $MACHINE env --shell fish --no-proxy dev | string collect); printenv (string split " " $names)
		eval (eval $MACHINE env --shell fish -u --no-proxy | string collect); printenv (string split " " $names); or echo unset'
}

@test "tcsh" {
	setup_shells tcsh
	# A backquoted command is split at its ends of lines there; the semicolons of env are for that.
	# shellcheck disable=SC2016
	check tcsh -f -c 'eval `$MACHINE env --shell tcsh --no-proxy dev`; printenv DOCKER_TLS_VERIFY; printenv DOCKER_HOST; printenv DOCKER_CERT_PATH; printenv DOCKER_MACHINE_NAME; printenv NO_PROXY; eval `$MACHINE env --shell tcsh -u --no-proxy`; if (! $?DOCKER_HOST && ! $?NO_PROXY && ! $?DOCKER_CERT_PATH) echo unset'
}

@test "emacs" {
	setup_shells emacs
	check emacs -Q --batch --eval '(progn
		(defun evaluate (arguments) (with-temp-buffer
			(shell-command (concat (getenv "MACHINE") " env --shell emacs --no-proxy " arguments) (current-buffer)) (eval-buffer)))
		(evaluate "dev")
		(dolist (name (split-string (getenv "names"))) (princ (format "%s\n" (getenv name))))
		(evaluate "-u")
		(unless (delq nil (mapcar (quote getenv) (split-string (getenv "names")))) (princ "unset\n")))'
}
