# SPDX-License-Identifier: Apache-2.0
# Records of docker-machine's, old ones, foreign ones, and stores that were moved.
load helper

# record NAME JSON
record() {
	mkdir -p "$HOME/store/machines/$1"
	printf '%s' "$2" >"$HOME/store/machines/$1/config.json"
}

sum() { sha256sum "$HOME/store/machines/$1/config.json" | cut -d' ' -f1; }

pick() { machine inspect -f "{{$2}}" "$1"; }

v0() {
	record old '{"DriverName":"none","Driver":{"URL":"tcp://127.0.0.1:1","CaCertPath":"","Big":12345678901234567890,"Zero":1.50},
		"StorePath":"/home/me/.docker/machine/machines/old",
		"CaCertPath":"/home/me/.docker/machine/certs/ca.pem","PrivateKeyPath":"/home/me/.docker/machine/certs/ca-key.pem",
		"ServerCertPath":"","ServerKeyPath":"","ClientCertPath":"/opt/cert.pem","ClientKeyPath":"",
		"SwarmHost":"tcp://0.0.0.0:3376","SwarmMaster":true,"SwarmDiscovery":"token://abc"}'
}

@test "version 0: all that it says is kept, nothing is written by reading" {
	v0
	before=$(sum old)
	for ask in "ls" "ls -q" "status old" "url old" "ip old" "inspect old"; do
		# shellcheck disable=SC2086
		machine $ask
		is_status 0
	done
	[ "$(sum old)" = "$before" ]
	[ "$(ls "$HOME/store/machines/old")" = config.json ]
	machine inspect old
	python3 - "$out" "$HOME/store" <<-'end'
		import json, sys
		o, store = json.loads(sys.argv[1]), sys.argv[2]
		assert list(o) == ["DriverName", "Driver", "HostOptions", "ConfigVersion", "Name"], list(o)
		auth, swarm, engine = (o["HostOptions"][k] for k in ("AuthOptions", "SwarmOptions", "EngineOptions"))
		assert o["ConfigVersion"] == 3 and o["Name"] == "old"
		assert auth["CaCertPath"] == store + "/certs/ca.pem", auth
		assert auth["CaPrivateKeyPath"] == store + "/certs/ca-key.pem"
		assert auth["ClientCertPath"] == "/opt/cert.pem"
		assert auth["ServerCertPath"] == store + "/machines/old/server.pem"
		assert auth["StorePath"] == store + "/machines/old"
		assert (swarm["Master"], swarm["Host"], swarm["Discovery"]) == (True, "tcp://0.0.0.0:3376", "token://abc")
		assert engine["TlsVerify"] is True and engine["InstallURL"] == "https://get.docker.com"
		assert o["Driver"]["StorePath"] == store and o["Driver"]["MachineName"] == "old"
	end
	out_has '"Big": 12345678901234567890'
	out_has '"Zero": 1.50'
}

@test "versions 1 and 2" {
	for version in 1 2; do
		key=PrivateKeyPath
		[ $version = 1 ] || key=CaPrivateKeyPath
		record v$version '{"ConfigVersion":'$version',"Driver":{"URL":"tcp://127.0.0.1:1","MachineName":"v'$version'"},"DriverName":"none",
			"HostOptions":{"EngineOptions":{"Labels":["a=b"],"TlsVerify":true},"SwarmOptions":null,
			"AuthOptions":{"StorePath":"/old/store","CertDir":"/old/store/certs","'$key'":"/old/store/certs/ca-key.pem","ServerCertSANs":["x"]}}}'
		machine ls --filter label=a=b -q
		out_is "$([ $version = 1 ] && echo v1 || printf 'v1\nv2')"
		pick v$version .HostOptions.AuthOptions.CaPrivateKeyPath
		out_is "$HOME/store/certs/ca-key.pem"
		pick v$version .HostOptions.AuthOptions.ServerCertSANs
		pick v$version .Driver.StorePath
		out_is "$HOME/store"
		pick v$version .HostOptions.SwarmOptions.Master
		out_is false
	done
}

@test "the first save keeps the old file" {
	v0
	before=$(sum old)
	machine regenerate-certs -f old
	is_status 0
	[ "$(sha256sum <"$HOME/store/machines/old/config.json.bak" | cut -d' ' -f1)" = "$before" ]
	[ "$(stat -c %a "$HOME/store/machines/old/config.json.bak")" = 600 ]
	grep -F '"ConfigVersion": 3' "$HOME/store/machines/old/config.json"
	machine regenerate-certs -f old
	[ "$(sha256sum <"$HOME/store/machines/old/config.json.bak" | cut -d' ' -f1)" = "$before" ]
	machine rm -y old
	is_status 0
	[ ! -e "$HOME/store/machines/old" ]
}

@test "a version that is newer, one that is no number, no object" {
	record a '{"ConfigVersion":4}'
	fails 1 "config version is from the future" inspect a
	record a '{"ConfigVersion":"x"}'
	fails 1 "Error getting migrated host: " inspect a
	record a '[1]'
	fails 1 "holds no JSON object" inspect a
	record a '{"Driver":[],"HostOptions":7,"ConfigVersion":0,"DriverName":"none"}'
	machine status a
	[ "$status" -le 1 ]
	machine ls
	is_status 0
}

@test "a driver that this tool has not: listed, shown with every digit, never changed" {
	record cloud '{
    "ConfigVersion": 3,
    "Driver": {
        "Zeta": 1,
        "Alpha": 12345678901234567890.123,
        "Html": "<&>",
        "IPAddress": "10.0.0.1"
    },
    "DriverName": "amazonec2",
    "HostOptions": {},
    "Name": "cloud"
}'
	before=$(sum cloud)
	machine ls
	is_status 0
	[[ "$out" =~ cloud\ +-\ +amazonec2\ +Error.*'Driver "amazonec2" not found. Do you have the plugin binary accessible in your PATH?' ]] || fail_with row
	machine inspect cloud
	is_status 0
	[[ "$out" == *Zeta*12345678901234567890.123*IPAddress* ]] || fail_with order
	out_has '\u003c\u0026\u003e'
	for ask in "start cloud" "stop cloud" "url cloud" "rm -y cloud" "regenerate-certs -f cloud"; do
		# shellcheck disable=SC2086
		machine $ask
		is_status 1
		err_has 'Driver "amazonec2" not found'
	done
	[ "$(sum cloud)" = "$before" ]
}

@test "a store that was moved, and a machine's folder that was renamed" {
	machines_run
	fakes
	machine create dev
	machine stop dev
	mv "$HOME/store" "$HOME/moved"
	export MACHINE_STORAGE_PATH=$HOME/moved
	pick dev .HostOptions.AuthOptions.CaCertPath
	out_is "$HOME/moved/certs/ca.pem"
	pick dev .Driver.SSHKeyPath
	out_is "$HOME/moved/machines/dev/id_rsa"
	machine start dev
	is_status 0
	machine env dev
	is_status 0
	out_has "DOCKER_CERT_PATH=\"$HOME/moved/machines/dev\""
	refuse grep -F "$HOME/store" "$HOME/moved/machines/dev/config.json"
	machine stop dev
	mv "$HOME/moved/machines/dev" "$HOME/moved/machines/new"
	pick new .HostOptions.AuthOptions.ServerCertPath
	out_is "$HOME/moved/machines/new/server.pem"
	pick new .Name
	out_is new
	machine rm -y new
	is_status 0
	mv "$HOME/moved" "$HOME/store"
}

@test "a store given relative to where one stands; without HOME an error that says so" {
	cd "$HOME"
	unset MACHINE_STORAGE_PATH
	machine -s rel create -d none --url tcp://127.0.0.1:1 foo
	is_status 0
	grep -F "\"StorePath\": \"$HOME/rel\"" rel/machines/foo/config.json
	cd /
	machine -s "$HOME/rel" url foo
	out_is tcp://127.0.0.1:1
	home=$HOME
	status=0
	err=$(env -u HOME "$MACHINE" ls 2>&1 >/dev/null) || status=$?
	# The password database knows where the home is.
	[ $status = 0 ] || err_has HOME
	HOME=$home
}

# docker-machine's own, with driver virtualbox and boot2docker.
@test "what docker-machine wrote for a driver that we have is read and written back alike" {
	record vb "$(sed "s|STORE|$HOME/store|g" <<-'end'
		{
		    "ConfigVersion": 3,
		    "Driver": {
		        "IPAddress": "192.168.99.100",
		        "MachineName": "vb",
		        "SSHUser": "docker",
		        "SSHPort": 40001,
		        "SSHKeyPath": "STORE/machines/vb/id_rsa",
		        "StorePath": "STORE",
		        "SwarmMaster": false,
		        "SwarmHost": "tcp://0.0.0.0:3376",
		        "SwarmDiscovery": "",
		        "VBoxManager": {},
		        "HostInterfaces": {},
		        "CPU": 1,
		        "Memory": 1024,
		        "DiskSize": 20000,
		        "NatNicType": "82540EM",
		        "Boot2DockerURL": "",
		        "Boot2DockerImportVM": "",
		        "HostDNSResolver": false,
		        "HostOnlyCIDR": "192.168.99.1/24",
		        "HostOnlyNicType": "82540EM",
		        "HostOnlyPromiscMode": "deny",
		        "UIType": "headless",
		        "HostOnlyNoDHCP": false,
		        "NoShare": false,
		        "DNSProxy": true,
		        "NoVTXCheck": false,
		        "ShareFolder": ""
		    },
		    "DriverName": "virtualbox",
		    "HostOptions": {
		        "AuthOptions": {
		            "StorePath": "STORE/machines/vb"
		        }
		    },
		    "Name": "vb"
		}
	end
	)"
	machine inspect vb
	is_status 0
	[ "$out" = "$(cat "$HOME/store/machines/vb/config.json")" ] || fail_with "$(diff <(echo "$out") "$HOME/store/machines/vb/config.json")"
	machine ls --timeout 1
	is_status 0
	out_has "virtualbox"
}
