# SPDX-License-Identifier: Apache-2.0
# --json: answers, progress and errors for programs.
load helper

# get EXPRESSION: of $out, one JSON value on each line, in Python, where it is the list "o"
get() { python3 -c 'import json, sys; o = [json.loads(l) for l in sys.argv[1].splitlines()]; print(eval(sys.argv[2]))' "$out" "$1"; }
got() { [ "$(get "$1")" = "$2" ] || fail_with "$1 is not $2 but $(get "$1")"; }
# said EXPRESSION TEXT: the same of $err
said() { (out=$err got "$1" "$2"); }

@test "each command's answer is a line of JSON, for each machine one" {
	machines_run
	fakes
	machine --json create dev other
	is_status 0
	got "sorted((x['Name'], x['Done']) for x in o)" "[('dev', 'create'), ('other', 'create')]"
	said "'Creating machine...' in [x['Text'] for x in o if x['Event'] == 'line']" True
	said "'ready' not in [x['Text'] for x in o] and 'root' in [x['Text'] for x in o if x['Event'] == 'stage' and x['Name'] == 'dev']" True
	address=$("$MACHINE" ip dev)
	machine --json ip dev other
	got "sorted(x['Name'] for x in o)" "['dev', 'other']"
	machine --json url dev
	got "o" "[{'Name': 'dev', 'URL': 'tcp://$address:2376'}]"
	machine --json status dev
	got "o" "[{'Name': 'dev', 'State': 'Running'}]"
	machine --json version dev
	got "o" "[{'Name': 'dev', 'DockerVersion': '26.1.5'}]"
	machine --json inspect dev
	got "o[0]['ConfigVersion']" 3
	machine --json config dev
	got "o[0]" "{'Name': 'dev', 'Host': 'tcp://$address:2376', 'tlscacert': '$HOME/store/machines/dev/ca.pem', 'tlscert': '$HOME/store/machines/dev/cert.pem', 'tlskey': '$HOME/store/machines/dev/key.pem'}"
	machine --json env --no-proxy dev
	got "o[0]" "{'DOCKER_TLS_VERIFY': '1', 'DOCKER_HOST': 'tcp://$address:2376', 'DOCKER_CERT_PATH': '$HOME/store/machines/dev', 'DOCKER_MACHINE_NAME': 'dev', 'NO_PROXY': '$address'}"
	machine --json env -u
	got "o[0]['DOCKER_HOST']" None
	machine --json ls
	got "[(x['Name'], x['State'], x['DockerVersion']) for x in o]" "[('dev', 'Running', 'v26.1.5'), ('other', 'Running', 'v26.1.5')]"
	got "o[0]['ResponseTime'] > 1000" True
	machine --json ls -q
	got "o[0]" "{'Name': 'dev', 'DriverName': 'qemu'}"
	DOCKER_HOST=tcp://$address:2376 machine --json active
	got "o[0]['Name']" dev
	machine --json ssh-config dev
	got "o[0]['Config'].splitlines()[0]" "Host dev"
	machine --json ports dev
	is_status 0
	for verb in stop start restart kill; do
		machine --json $verb dev
		is_status 0
		got "o" "[{'Name': 'dev', 'Done': '$verb'}]"
	done
	machine --json regenerate-certs -f other
	got "o" "[{'Name': 'other', 'Done': 'regenerate-certs'}]"
	machine --json rm -y dev
	got "o" "[{'Name': 'dev', 'Done': 'rm'}]"
	machine --json version
	got "'Version' in o[0] and 'Build' in o[0]" True
	machine --json -v
	got "'Version' in o[0]" True
}

@test "errors have text, hint and status" {
	machine --json status nope
	is_status 1
	out_is ""
	said "o[0]['Error'].startswith('Docker machine \"nope\" does not exist.')" True
	said "o[0]['Status']" 1
	machine --json create -d none --url tcp://127.0.0.1:1 "bad_name"
	is_status 2
	said "(o[-1]['Status'], 'hint' not in o[-1]['Error'], 'Choose a name' in o[-1]['Hint'])" "(2, True, True)"
	MACHINE_JSON=1 machine bogus
	is_status 1
	said "o[0]['Status']" 1
	machine --json ls --bogus
	is_status 2
	said "o[0]['Status']" 2
	machine --json bogus
	said "o[0]['Status']" 1
}

@test "a broken record is a row of ls" {
	machine create -d none --url tcp://127.0.0.1:1 foo
	echo junk >"$HOME/store/machines/foo/config.json"
	machine --json ls
	is_status 0
	got "(o[0]['Name'], o[0]['State'], len(o[0]['Error']) > 10)" "('foo', 'Error', True)"
}
