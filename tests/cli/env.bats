# SPDX-License-Identifier: Apache-2.0
# env and config, byte for byte, of a machine whose engine answers over mutual TLS.
load helper

begin() {
	machines_run
	fakes
	"$MACHINE" create dev >/dev/null
	ln -s "$MACHINE" "$HOME/docker-machine"
	MACHINE=docker-machine
	PATH=$HOME:$PATH
	machine url dev
	url=$out
	address=${url#tcp://}
	address=${address%:*}
	keys=$HOME/store/machines/dev
}

# answers TEXT ARGS...: exactly these bytes, with the new line at the end
answers() {
	local text=$1
	shift
	machine "$@"
	is_status 0
	err_is ""
	printf '%s\n' "$text" | cmp - "$HOME/.out" || fail_with "expected: $text"
}

@test "env for each shell" {
	begin
	for shell in bash zsh sh ksh /usr/bin/bash; do
		answers "export DOCKER_TLS_VERIFY=\"1\"
export DOCKER_HOST=\"$url\"
export DOCKER_CERT_PATH=\"$keys\"
export DOCKER_MACHINE_NAME=\"dev\"
# Run this command to configure your shell: 
# eval \$(docker-machine env --shell $shell dev)" env --shell $shell dev
	done
	answers "set -gx DOCKER_TLS_VERIFY \"1\";
set -gx DOCKER_HOST \"$url\";
set -gx DOCKER_CERT_PATH \"$keys\";
set -gx DOCKER_MACHINE_NAME \"dev\";
# Run this command to configure your shell: 
# eval (docker-machine env --shell fish dev)" env --shell fish dev
	answers "\$Env:DOCKER_TLS_VERIFY = \"1\"
\$Env:DOCKER_HOST = \"$url\"
\$Env:DOCKER_CERT_PATH = \"$keys\"
\$Env:DOCKER_MACHINE_NAME = \"dev\"
# Run this command to configure your shell: 
# & docker-machine env --shell powershell dev | Invoke-Expression" env --shell powershell dev
	answers "SET DOCKER_TLS_VERIFY=1
SET DOCKER_HOST=$url
SET DOCKER_CERT_PATH=$keys
SET DOCKER_MACHINE_NAME=dev
REM Run this command to configure your shell: 
REM 	@FOR /f \"tokens=*\" %i IN ('docker-machine env --shell cmd dev') DO @%i" env --shell cmd dev
	answers "setenv DOCKER_TLS_VERIFY \"1\";
setenv DOCKER_HOST \"$url\";
setenv DOCKER_CERT_PATH \"$keys\";
setenv DOCKER_MACHINE_NAME \"dev\";
: Run this command to configure your shell: 
: eval \`docker-machine env --shell tcsh dev\`" env --shell tcsh dev
	answers "(setenv \"DOCKER_TLS_VERIFY\" \"1\")
(setenv \"DOCKER_HOST\" \"$url\")
(setenv \"DOCKER_CERT_PATH\" \"$keys\")
(setenv \"DOCKER_MACHINE_NAME\" \"dev\")
;; Run this command to configure your shell: 
;; (with-temp-buffer (shell-command \"docker-machine env --shell emacs dev\" (current-buffer)) (eval-buffer))" \
		env --shell emacs dev
}

@test "env takes the shell from SHELL, and the name from the store when it is 'default'" {
	begin
	SHELL=/usr/bin/fish machine env dev
	out_has "set -gx DOCKER_HOST \"$url\";"
	SHELL= machine env dev
	out_has "export DOCKER_HOST=\"$url\""
	"$HOME/docker-machine" create default >/dev/null
	machine env
	is_status 0
	out_has 'export DOCKER_MACHINE_NAME="default"'
	fails 1 "Error: Expected one machine name as an argument" env dev default
}

@test "env --no-proxy adds the address once" {
	begin
	machine env --no-proxy dev
	out_has "export NO_PROXY=\"$address\""
	NO_PROXY=localhost machine env --no-proxy dev
	out_has "export NO_PROXY=\"localhost,$address\""
	NO_PROXY=a,$address,b machine env --no-proxy dev
	out_has "export NO_PROXY=\"a,$address,b\""
	no_proxy=lower NO_PROXY=upper machine env --no-proxy dev
	out_has "export no_proxy=\"lower,$address\""
	NO_PROXY=localhost machine env -u --no-proxy --shell bash
	out_has "unset NO_PROXY
"
	out_lacks localhost
}

@test "what env says is what a client needs" {
	begin
	eval "$("$HOME/docker-machine" env --shell bash dev)"
	[ "$DOCKER_TLS_VERIFY" = 1 ]
	answer=$(curl -sS --max-time 10 --cacert "$DOCKER_CERT_PATH/ca.pem" --cert "$DOCKER_CERT_PATH/cert.pem" \
		--key "$DOCKER_CERT_PATH/key.pem" "https://${DOCKER_HOST#tcp://}/_ping")
	[ "$answer" = OK ]
	machine active
	out_is dev
	machine version dev
	out_is 26.1.5
	machine ls
	out_has "dev    *        qemu     Running   $url           v26.1.5"
}

@test "config" {
	begin
	answers "--tlsverify
--tlscacert=\"$keys/ca.pem\"
--tlscert=\"$keys/cert.pem\"
--tlskey=\"$keys/key.pem\"
-H=$url" config dev
}

@test "the keys of a machine without a driver are where env says" {
	machine create -d none --url tcp://127.0.0.1:1 foo
	for f in ca.pem cert.pem key.pem; do
		cmp "$HOME/store/certs/$f" "$HOME/store/machines/foo/$f"
	done
	[ "$(stat -c %a "$HOME/store/machines/foo/key.pem")" = 600 ]
}

@test "a client's certificate that is gone or corrupted: named, not taken for a dead engine" {
	begin
	c=$HOME/store/machines/dev
	cp -r "$c" "$HOME/good"
	for f in ca.pem cert.pem key.pem; do
		echo junk >"$c/$f"
		for ask in "env dev" "config dev"; do
			# shellcheck disable=SC2086
			fails 1 "$c/$f" $ask
			out_is ""
		done
		rm "$c/$f"
		fails 1 "$c/$f" env dev
		out_is ""
		cp "$HOME/good/$f" "$c/$f"
	done
	machine env dev
	is_status 0
}

@test "an engine that speaks no TLS, and one that says nothing" {
	begin
	machine create -d none --url tcp://127.0.0.1:1 foo
	python3 -c "
import socket
plain, mute = socket.create_server(('127.0.0.1', 0)), socket.create_server(('127.0.0.1', 0))
open('$HOME/ports.new', 'w').write('%d %d\n' % (plain.getsockname()[1], mute.getsockname()[1]))
__import__('os').rename('$HOME/ports.new', '$HOME/ports')
plain.settimeout(30)
while True:
    c, _ = plain.accept()
    c.recv(4096)
    c.sendall(b'HTTP/1.0 400 Bad Request\r\n\r\n')
    c.close()" &
	pid=$!
	until_true 10 test -e "$HOME/ports"
	read -r plain mute <"$HOME/ports"
	machine create -d none --url "tcp://127.0.0.1:$plain" plain
	machine create -d none --url "tcp://127.0.0.1:$mute" mute
	fails 1 "Error checking TLS connection: " env plain
	out_is ""
	machine ls --timeout 1
	is_status 0
	[[ $out =~ mute\ +none\ +Timeout\ *($'\n'|$) ]] # docker-machine's row of it has nothing else
	out_has "plain   -        none     Running   tcp://127.0.0.1:$plain"
	kill "$pid"
	wait "$pid" || true
}
