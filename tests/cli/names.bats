# SPDX-License-Identifier: Apache-2.0
# A server's certificate without a name that counts: Go's clients (docker) refuse it, so nothing of ours may call it good.
load helper

teardown() {
	[ -n "${OWN_HOME:-}" ] || return 0
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
	[ ! -d "$HOME/store/machines" ] || "$MACHINE" rm -f foo >/dev/null 2>&1 || true
	remove_home
}

# serve CN [SAN]: an engine that answers all, with a certificate of the store's CA; sets $port
serve() {
	local c=$HOME/store/certs
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$HOME/key" -out "$HOME/csr" 2>/dev/null
	printf 'keyUsage=digitalSignature\n%s\n' "${2:+subjectAltName=$2}" >"$HOME/ext"
	openssl x509 -req -in "$HOME/csr" -CA "$c/ca.pem" -CAkey "$c/ca-key.pem" -CAcreateserial -days 5 -extfile "$HOME/ext" \
		-out "$HOME/cert" 2>/dev/null
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	openssl s_server -accept "127.0.0.1:$port" -cert "$HOME/cert" -key "$HOME/key" -CAfile "$c/ca.pem" -Verify 1 -www -quiet \
		>/dev/null 2>&1 3>&- &
	server=$!
	until_true 5 sh -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null || until_true 5 bash -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null
}

# asked HOST TEXT CN [SAN]
asked() {
	local host=$1 text=$2
	shift 2
	serve "$@"
	machine create -d none --url "tcp://$host:$port" foo
	machine env foo
	if [ "$text" ]; then
		is_status 1
		err_has "There was an error validating certificates for host \"$host:$port\": $text"
		machine ls -f '{{.Error}}'
		out_has "$text"
	else
		is_status 0
	fi
	machine rm -f foo
	kill "$server"
}

@test "a certificate with a CN alone, or with names of another kind" {
	machine create -d none --url tcp://127.0.0.1:1 first
	machine rm -f first
	asked 127.0.0.1 "" other IP:127.0.0.1
	asked localhost "" other DNS:localhost
	legacy="x509: certificate relies on legacy Common Name field, use SANs instead"
	asked 127.0.0.1 "$legacy" 127.0.0.1
	asked localhost "$legacy" localhost
	asked 127.0.0.1 "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs" 127.0.0.1 email:a@b.test
	asked localhost "x509: certificate is not valid for any names, but wanted to match localhost" localhost email:a@b.test
}
