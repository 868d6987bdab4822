# SPDX-License-Identifier: Apache-2.0
# Certificates anew: by command, and by themselves when they near their end.
load helper

begin() {
	machines_run
	fakes
	machine create dev
	is_status 0
	folder=$HOME/store/machines/dev
	address=$("$MACHINE" ip dev)
}

serial() { openssl x509 -in "$1" -noout -serial; }
served() { openssl s_client -connect "$address:2376" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
left_days() { echo $((($(date -d "$(openssl x509 -in "$1" -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)) / 86400)); }

# works: the engine answers the keys that env names
works() {
	machine env dev
	is_status 0
	curl -sS --fail --max-time 10 --cacert "$folder/ca.pem" --cert "$folder/cert.pem" --key "$folder/key.pem" \
		"https://$address:2376/_ping"
}

# sign DAYS FILE SUBJECT KEY-FILE...: a certificate of the store's CA
sign() {
	openssl req -new -key "$4" -subj "$3" 2>/dev/null |
		openssl x509 -req -days "$1" -CA "$HOME/store/certs/ca.pem" -CAkey "$HOME/store/certs/ca-key.pem" \
			-extfile <(echo "subjectAltName=IP:$address,DNS:localhost") -out "$2" 2>/dev/null
}

@test "regenerate-certs asks, and docker-machine's words" {
	machine create -d none --url tcp://127.0.0.1:1 foo
	fails 1 "EOF" regenerate-certs foo
	out_is "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): "
	status=0
	out=$(echo n | "$MACHINE" regenerate-certs foo) || status=$?
	is_status 0
	out_is "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): "
	out=$(echo yes | "$MACHINE" regenerate-certs foo)
	out_is "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): Regenerating TLS certificates"
	machine tls-regenerate-certs -f foo
	is_status 0
	out_is "Regenerating TLS certificates"
	machine --help
	out_lacks "tls-regenerate-certs"
	fails 1 "No machine name(s) specified" regenerate-certs -f
	machine regenerate-certs -f nope
	is_status 1
	err_has 'Docker machine "nope" does not exist'
}

@test "the copies of a machine without a driver come anew" {
	machine create -d none --url tcp://127.0.0.1:1 foo
	folder=$HOME/store/machines/foo
	rm "$folder/key.pem"
	echo junk >"$folder/ca.pem"
	machine regenerate-certs -f foo
	is_status 0
	for f in ca.pem cert.pem key.pem; do
		cmp "$HOME/store/certs/$f" "$folder/$f"
	done
	[ "$(stat -c %a "$folder/key.pem")" = 600 ]
}

@test "a machine that runs: its guest is told, nothing is restarted" {
	begin
	old=$(serial "$folder/server.pem")
	key=$(sha256sum <"$folder/id_rsa")
	pid=$(cat "$folder/supervisor.lock")
	machine regenerate-certs -f dev
	is_status 0
	[ "$(serial "$folder/server.pem")" != "$old" ]
	[ "$(served)" = "$(serial "$folder/server.pem")" ]
	[ "$(cat "$folder/supervisor.lock")" = "$pid" ]
	[ "$(sha256sum <"$folder/id_rsa")" = "$key" ]
	works
}

@test "a machine that is off: its seed has the new one" {
	begin
	machine stop dev
	old=$(serial "$folder/server.pem")
	machine provision dev
	is_status 0
	out_is ""
	new=$(serial "$folder/server.pem")
	[ "$new" != "$old" ]
	xorriso -osirrox on -indev "$folder/seed.iso" -extract /tls/server.pem "$HOME/seed.pem" >/dev/null 2>&1
	[ "$(serial "$HOME/seed.pem")" = "$new" ]
	machine start dev
	works
	[ "$(served)" = "$new" ]
}

@test "engine options that were changed in the record: provision puts them into the seed, and says when they hold" {
	begin
	machine provision dev
	err_is ""
	sed -i 's/"Labels": \[\]/"Labels": ["a=b"]/; s/"Env": \[\]/"Env": ["X=a b"]/' "$folder/config.json"
	machine provision dev
	is_status 0
	err_has "its engine takes the changed options when it is started: "
	err_has " restart dev"
	xorriso -osirrox on -indev "$folder/seed.iso" -extract / "$HOME/seed" >/dev/null 2>&1
	grep -F '"a=b"' "$HOME/seed/daemon.json"
	grep -E '"X": ?"a b"' "$HOME/seed/machine.json"
	grep -F '"network"' "$HOME/seed/machine.json"
}

@test "--client-certs: the client's key is another, the CA stays" {
	begin
	ca=$(serial "$HOME/store/certs/ca.pem")
	key=$(sha256sum <"$folder/key.pem")
	machine regenerate-certs -f --client-certs dev
	is_status 0
	out_has "Regenerating local certificates
Creating client certificate: $HOME/store/certs/cert.pem"
	[ "$(serial "$HOME/store/certs/ca.pem")" = "$ca" ]
	[ "$(sha256sum <"$folder/key.pem")" != "$key" ]
	cmp "$HOME/store/certs/key.pem" "$folder/key.pem"
	works
}

@test "a server's certificate near its end: ls warns, env renews it and says nothing on stdout of it" {
	begin
	machine env dev
	before=$out
	sign 10 "$folder/server.pem" /CN=dev "$folder/server-key.pem"
	sed -i 's/"CertificatesEnd": [0-9]*/"CertificatesEnd": '$(($(date +%s) + 10 * 86400))/ "$folder/config.json"
	machine ls
	is_status 0
	err_has "its certificates end on $(date -d '10 days' +%F); renew them: "
	err_has " regenerate-certs dev"
	machine ls -q
	err_is ""
	machine env dev
	out_is "$before"
	[ "$(left_days "$folder/server.pem")" -gt 800 ]
	[ "$(served)" = "$(serial "$folder/server.pem")" ]
	machine ls
	err_is ""
	works
}

@test "a client's certificate near its end: start renews it" {
	begin
	machine stop dev
	sign 10 "$HOME/store/certs/cert.pem" /CN=me "$HOME/store/certs/key.pem"
	cp "$HOME/store/certs/cert.pem" "$folder/"
	machine start dev
	is_status 0
	out_has "Client certificate ends soon and needs to be regenerated"
	[ "$(left_days "$folder/cert.pem")" -gt 800 ]
	cmp "$HOME/store/certs/cert.pem" "$folder/cert.pem"
	works
}

# A CA that ends in ten days, and all that it signed.
old_ca() {
	c=$HOME/store/certs
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 10 -subj "/O=old/CN=machine CA" \
		-addext "keyUsage=critical,keyCertSign,digitalSignature" -keyout "$c/ca-key.pem" -out "$c/ca.pem" 2>/dev/null
	sign 10 "$c/cert.pem" /CN=me "$c/key.pem"
	sign 10 "$folder/server.pem" /CN=dev "$folder/server-key.pem"
	cp "$c/ca.pem" "$c/cert.pem" "$c/key.pem" "$folder/"
}

@test "a CA near its end: CA, client and server are renewed; another machine keeps working with the old" {
	begin
	machine create other
	machine stop dev
	old_ca
	machine start dev
	is_status 0
	out_has "CA certificate ends soon and needs to be regenerated"
	works
	for f in "$folder/server.pem" "$folder/cert.pem" "$folder/ca.pem" "$HOME/store/certs/ca.pem"; do
		[ "$(left_days "$f")" -gt 800 ]
	done
	openssl verify -CAfile "$HOME/store/certs/ca.pem" "$folder/server.pem" "$folder/cert.pem"
	machine ls
	[[ "$out" == *other*v26.1.5* ]] || fail_with "other does not answer"
	machine env other
	is_status 0
	machine regenerate-certs -f other
	is_status 0
	cmp "$HOME/store/certs/ca.pem" "$HOME/store/machines/other/ca.pem"
	machine env other
	is_status 0
}

@test "a CA near its end whose key is elsewhere: the machine starts, and a warning says why it is not renewed" {
	begin
	machine stop dev
	old_ca
	rm "$HOME/store/certs/ca-key.pem"
	machine start dev
	is_status 0
	err_has "its certificates end soon and could not be renewed: the CA '$HOME/store/certs/ca.pem' ends soon itself and is not ours to renew"
	works
}

@test "a CA of somebody else's near its end stays as it is" {
	begin
	machine stop dev
	old_ca
	openssl req -x509 -key "$c/ca-key.pem" -days 10 -subj "/O=a company" -addext "keyUsage=critical,keyCertSign,digitalSignature" \
		-out "$c/ca.pem" 2>/dev/null
	sign 10 "$c/cert.pem" /CN=me "$c/key.pem"
	sign 10 "$folder/server.pem" /CN=dev "$folder/server-key.pem"
	cp "$c/ca.pem" "$c/cert.pem" "$folder/"
	before=$(sha256sum "$c/ca.pem" "$c/ca-key.pem")
	machine start dev
	is_status 0
	err_has "ends soon itself and is not ours to renew"
	works
	[ "$(sha256sum "$c/ca.pem" "$c/ca-key.pem")" = "$before" ]
}

@test "regenerate-certs of a machine that is half made" {
	machines_run
	fakes
	create_at silent booted dev
	kill -9 "$pid"
	wait "$pid" || true
	fails 1 "was never finished" regenerate-certs -f dev
}

@test "a leaked key: with another CA and certificates of it the old key is refused" {
	begin
	cp -r "$folder" "$HOME/leaked"
	mv "$HOME/store/certs" "$HOME/old-certs"
	machine regenerate-certs -f dev
	is_status 0
	out_has "Creating CA: $HOME/store/certs/ca.pem"
	works
	refuse curl -sk --max-time 10 --cert "$HOME/leaked/cert.pem" --key "$HOME/leaked/key.pem" "https://$address:2376/_ping"
	machine ls
	out_has "v26.1.5"
}
