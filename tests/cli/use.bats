# SPDX-License-Identifier: Apache-2.0
# use: the machine as a context of the Docker client. tests/e2e/machine.bats does it with a real client.
load helper

begin() {
	machines_run
	fakes
	unset DOCKER_CONFIG DOCKER_CONTEXT
	machine create dev
	is_status 0
	id=$(printf dev | sha256sum | cut -d' ' -f1)
	meta=$HOME/.docker/contexts/meta/$id
	tls=$HOME/.docker/contexts/tls/$id/docker
}

current() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get("currentContext"))' "$HOME/.docker/config.json"; }

@test "use makes the context and the current one; all else of the client's configuration stays" {
	begin
	mkdir -p "$HOME/.docker"
	printf '{"auths":{"x":{"auth":"c2VjcmV0"}},"currentContext":"other","big":12345678901234567890}' >"$HOME/real.json"
	ln -s "$HOME/real.json" "$HOME/.docker/config.json"
	machine use dev
	is_status 0
	out_is 'Current Docker context is now "dev"'
	[ "$(current)" = dev ]
	[ -L "$HOME/.docker/config.json" ]
	grep -F c2VjcmV0 "$HOME/real.json"
	grep -F 12345678901234567890 "$HOME/real.json"
	url=$("$MACHINE" url dev)
	[ "$(cat "$meta/meta.json")" = "{\"Name\":\"dev\",\"Metadata\":{\"Description\":\"machine dev\",\"Machine\":{\"Name\":\"dev\",\"Store\":\"$HOME/store\"}},\"Endpoints\":{\"docker\":{\"Host\":\"$url\",\"SkipTLSVerify\":false}}}" ]
	for f in ca.pem cert.pem key.pem; do
		cmp "$tls/$f" "$HOME/store/machines/dev/$f"
	done
	[ "$(stat -c %a "$tls/key.pem" "$tls")" = "600
700" ]
	machine use -u
	is_status 0
	out_is "The default Docker context is the current one."
	[ "$(current)" = None ]
	machine use -u
	out_is "No machine's Docker context was the current one."
	DOCKER_HOST=tcp://1.2.3.4:1 machine use dev
	err_has "DOCKER_HOST is set, and the Docker client looks at that first"
	machine rm -y dev
	is_status 0
	[ ! -e "$meta" ]
	[ ! -e "$HOME/.docker/contexts/tls/$id" ]
	[ "$(current)" = None ]
}

@test "another's context is never touched" {
	begin
	mkdir -p "$meta"
	echo '{"Name":"dev","Metadata":{"Description":"mine"},"Endpoints":{"docker":{"Host":"unix:///x"}}}' >"$meta/meta.json"
	before=$(cat "$meta/meta.json")
	fails 1 "the Docker client has a context 'dev' already, which is not ours" use dev
	machine use --context mine dev
	is_status 0
	[ "$(current)" = mine ]
	machine use --context yours dev
	is_status 0
	[ "$(find "$HOME/.docker/contexts/meta" -name meta.json | wc -l)" = 2 ]
	fails 1 "a context 'default' already" use --context default dev
	machine rm -y dev
	[ "$(cat "$meta/meta.json")" = "$before" ]
	[ "$(find "$HOME/.docker/contexts" -name '*.json' -o -name '*.pem' | wc -l)" = 1 ]
}

@test "renewed certificates reach the context; names that the client does not take" {
	begin
	machine create x default
	machine use dev
	machine regenerate-certs -f dev
	cmp "$tls/ca.pem" "$HOME/store/machines/dev/ca.pem"
	machine regenerate-certs -f --client-certs dev
	cmp "$tls/cert.pem" "$HOME/store/machines/dev/cert.pem"
	cmp "$tls/key.pem" "$HOME/store/machines/dev/key.pem"
	machine use x
	out_is 'Current Docker context is now "machine-x"'
	machine use
	out_is 'Current Docker context is now "machine-default"'
	DOCKER_CONFIG=$HOME/elsewhere machine use dev
	is_status 0
	[ -e "$HOME/elsewhere/config.json" ]
}

@test "a machine that is off, a configuration that is no JSON" {
	begin
	echo junk >"$HOME/config.json"
	mkdir -p "$HOME/.docker"
	cp "$HOME/config.json" "$HOME/.docker/config.json"
	machine use dev
	is_status 1
	err_has "$HOME/.docker/config.json"
	[ "$(cat "$HOME/.docker/config.json")" = junk ]
	rm "$HOME/.docker/config.json"
	machine stop dev
	fails 1 "Host is not running" use dev
	[ ! -e "$HOME/.docker/config.json" ]
}
