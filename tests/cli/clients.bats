# SPDX-License-Identifier: Apache-2.0
# The calls of programs that use docker-machine, word for word, and what each of them reads in the answer.
load helper

begin() {
	machines_run
	fakes
	"$MACHINE" create dev >/dev/null
	ln -s "$MACHINE" "$HOME/docker-machine"
	MACHINE=docker-machine
	PATH=$HOME:$PATH
	d=$HOME/store/machines
}

ends() {
	local want=$1
	shift
	machine "$@"
	is_status "$want"
}

matches() { [[ $out =~ $1 ]] || fail_with "expected in stdout: $1"; }

@test "GitLab Runner's executor docker+machine" {
	begin
	g=--bugsnag-api-token=no-report
	name=runner-abcdefgh-auto-1795323834-d9f187c4
	ends 0 $g create --driver none --url=tcp://127.0.0.1:1 "$name"
	[ -f "$d/$name/config.json" ]
	ends 0 $g inspect "$name"
	ends 1 $g config "$name"
	ends 1 $g stop "$name"
	ends 0 $g rm -y "$name"
	[ ! -e "$d/$name" ]
	ends 1 $g rm -y "$name"
	ends 0 $g rm -f "$name"
	ends 0 $g create --driver qemu --qemu-memory=512 --engine-registry-mirror=http://127.0.0.1:6000 "$name"
	ends 0 $g config "$name"
	ends 0 $g ip "$name"
	matches '^127\.[0-9.]+$'
	ends 0 $g url "$name"
	matches '^tcp://127\.[0-9.]+:2376$'
	ends 0 $g status "$name"
	out_is Running
	ends 0 $g inspect "$name" -f '{{.HostOptions.AuthOptions.StorePath}}'
	out_is "$d/$name"
	for f in ca cert key; do
		[ -s "$out/$f.pem" ]
	done
	ends 0 $g provision "$name"
	ends 0 $g stop "$name"
	ends 0 $g rm -y "$name"
	[ ! -e "$d/$name" ]
}

@test "Ansible's inventory" {
	begin
	ends 0 ls -q
	out_is dev
	ends 0 ls -q --filter state=Running
	out_is dev
	ends 0 inspect dev
	python3 -c 'import json, sys
d = json.load(sys.stdin)["Driver"]
[d[k] for k in ("MachineName", "IPAddress", "SSHPort", "SSHUser", "SSHKeyPath")]' <"$HOME/.out"
	ends 0 env --shell=sh dev
	[ "$(grep -cE '^export DOCKER_[^=]+="[^"]+"$' "$HOME/.out")" = 4 ]
	ends 0 ip dev
}

@test "npm's docker-machine" {
	begin
	fields='{{ .Name | urlquery }},{{ .Active | urlquery }},{{ .ActiveHost | urlquery }},{{ .ActiveSwarm | urlquery }},{{ .DriverName | urlquery }},{{ .State | urlquery }},{{ .URL | urlquery }},{{ .Swarm | urlquery }},{{ .DockerVersion | urlquery }},{{ .Error | urlquery }},{{ .ResponseTime | printf "%d" }}'
	ends 0 ls -f "$fields" -t 20
	matches '^dev,-,false,false,qemu,Running,tcp%3A%2F%2F127\.[0-9.]+%3A2376,,v[0-9.]+,,[0-9]+$'
	ends 1 start dev
	[[ ${err,,} == *"already running"* ]]
	ends 0 stop dev
	ends 1 stop dev
	err_has "already stopped"
	ends 1 status nope
	err_has "does not exist"
	ends 1 env --shell bash dev
}

@test "python-docker-machine" {
	begin
	ends 0 version
	matches '^docker-machine version (.+), build (.+)$'
	ends 0 config dev
	matches '^--tlsverify
--tlscacert="(.+)"
--tlscert="(.+)"
--tlskey="(.+)"
-H=(.+)$'
	ends 0 ls -f '{{.Name}}\t{{.Active}}\t{{.ActiveHost}}\t{{.ActiveSwarm}}\t{{.DriverName}}\t{{.State}}\t{{.URL}}\t{{.Swarm}}\t{{.Error}}\t{{.DockerVersion}}\t{{.ResponseTime}}'
	[ "$(tr -cd '\t' <"$HOME/.out" | wc -c)" = 10 ]
	matches $'[0-9]ms$'
	ends 0 ls -q --filter NAME=dev
	out_is dev
	ends 1 active
	err_has "No active host found"
	ends 0 regenerate-certs --force dev
	ends 0 rm -y -f dev
}

@test "testcontainers, fabric8, SaltStack" {
	begin
	ends 0 status dev
	out_is Running
	ends 0 url dev
	for f in ca cert key; do
		[ -s "$HOME/store/certs/$f.pem" ]
	done
	ends 1 status nope
	out_is ""
	ends 0 regenerate-certs -f dev
	ends 0 env dev --shell cmd
	matches '^SET DOCKER_TLS_VERIFY=1
SET DOCKER_HOST=tcp://127\.[0-9.]+:2376
'
	ends 0 inspect dev
	python3 -c 'import json, os, sys
r = json.load(sys.stdin)
a = r["HostOptions"]["AuthOptions"]
assert all(os.path.exists(a[k]) for k in ("ClientCertPath", "ClientKeyPath", "CaCertPath"))
assert r["Driver"]["IPAddress"].startswith("127.")' <"$HOME/.out"
}

@test "the operator, Terraform's runner module, Kitematic, emacs" {
	begin
	ends 0 create --driver none --url localhost dummy-machine
	ends 1 create --driver none --url localhost dummy-machine
	err_has "already exists"
	ends 0 rm dummy-machine -y
	ends 0 --version
	ends 0 -v
	matches '([0-9]+\.[0-9]+\.[0-9]+).*'
	ends 0 -D ls -q
	out_is dev
	ends 0 tls-regenerate-certs -f dev
	ends 0 ls --timeout 10 --format='{{.Name}}\t{{.Active}}\t{{.DriverName}}\t{{.State}}\t{{.URL}}\t{{.Swarm}}\t{{.DockerVersion}}\t{{.Error}}'
	ends 0 env dev
	[[ $out == "export "* ]]
}

@test "completions and words of scripts" {
	begin
	ends 0 ls -f '{{.Name}}\:{{.DriverName}}\({{.State}}\)\ {{.URL}}'
	matches '^dev\\:qemu\\\(Running\\\)\\ tcp://'
	ends 0 inspect -f '{{.HostOptions.SwarmOptions.Discovery}}:{{.Name}}' dev
	out_is :dev
	ends 0 ls --filter State=Running
	url=$("$MACHINE" url dev)
	[ "$(grep -v URL "$HOME/.out" | awk '{print $5}')" = "$url" ]
	[ "$("$MACHINE" ls --filter name=dev | wc -l)" = 2 ]
	DOCKER_HOST=$url ends 0 ls --filter 'name=^dev$' --format '{{.Active}}'
	out_is "*"
	ends 0 inspect --format='{{.Driver.PrivateIPAddress}}' dev
	out_is "<no value>"
	ends 0 inspect --format '{{prettyjson .Driver.IPAddress}}' dev
	matches '^"127\.[0-9.]+"$'
	ends 0 inspect dev -f '{"A":{{.HostOptions.EngineOptions.TlsVerify}}}'
	out_is '{"A":true}'
	# shellcheck disable=SC2046 # as scripts write it
	ends 0 rm -f $("$MACHINE" ls -q)
}
