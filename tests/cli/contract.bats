# SPDX-License-Identifier: Apache-2.0
# docker-machine's texts, command by command, on stdout, on stderr and as status; docs/exit-codes.md has the statuses.
load helper

URL=tcp://127.0.0.1:1

# says STATUS STDOUT STDERR ARGS...: these texts, but for the hint, which docker-machine did not have
says() {
	local want=$1 text=$2 first=$3
	shift 3
	machine "$@"
	is_status "$want"
	out_is "$text"
	err=${err%%$'\n'hint: *}
	err_is "$first"
}

# A running machine, called as docker-machine; $d is the store's folder of machines.
begin() {
	machines_run
	fakes
	"$MACHINE" create dev >/dev/null
	"$MACHINE" create -d none --url $URL foo >/dev/null
	called
}

called() {
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind cannot be given another name"
	ln -s "$MACHINE" "$HOME/docker-machine"
	MACHINE=docker-machine
	PATH=$HOME:$PATH
	d=$HOME/store/machines
}

@test "words that no command takes" {
	called
	says 1 "" "docker-machine: 'bogus' is not a docker-machine command. See 'docker-machine --help'." bogus
	says 1 "" "docker-machine: 'bogus' is not a docker-machine command. See 'docker-machine --help'." help bogus
	says 1 "" "Incorrect Usage: flag provided but not defined: -foo" ls --foo
	says 1 "" "Incorrect Usage: flag provided but not defined: -foo" --foo ls
	says 1 "" "Incorrect Usage: flag needs an argument: -t" ls -t
	says 1 "" "Incorrect Usage: invalid value \"abc\" for flag -t: parse error" ls -t abc
	says 1 "" "Incorrect Usage: invalid boolean value \"maybe\" for -quiet: parse error" ls --quiet=maybe
	says 1 "" "Incorrect Usage: bad flag syntax: ---q" ls ---q
	says 1 "" "Incorrect Usage: Cannot use two forms of the same flag: t timeout" ls --timeout 3 -t 4
	says 1 "" "Incorrect Usage: flag provided but not defined: -qt" ls -qt 3
	says 1 "" "Incorrect Usage: flag provided but not defined: -bogus" create --bogus x
	MACHINE_DEBUG=xx says 1 "" \
		"Error parsing boolean value from MACHINE_DEBUG: strconv.ParseBool: parsing \"xx\": invalid syntax" ls
	MACHINE_DEBUG=T says 0 "" "" ls -q
	MACHINE_DEBUG=0 says 0 "" "" --debug ls -q
}

@test "help: on stdout, status 0, for every way to ask" {
	called
	for c in active config create env inspect ip kill ls provision regenerate-certs restart rm ssh scp mount start status \
		stop upgrade url version; do
		for how in --help -help -h; do
			machine "$c" $how
			is_status 0
			err_is ""
			[[ $out == "Usage: docker-machine $c"* ]] || fail_with "$c $how"
		done
		machine help "$c"
		is_status 0
		[[ $out == "Usage: docker-machine $c"* ]] || fail_with "help $c"
		machine h "$c"
		[[ $out == "Usage: docker-machine $c"* ]] || fail_with "h $c"
	done
	machine create --help
	out_has "Run 'docker-machine create --driver name --help' to include the create flags for that driver in the help text."
	machine --version
	out_has "docker-machine version "
	machine ssh dev --help
	refuse grep -q Usage "$HOME/.out"
}

@test "names: none, unknown, one too many" {
	called
	none='Error: No machine name(s) specified and no "default" machine exists'
	unknown='Docker machine "nope" does not exist. Use "docker-machine ls" to list machines. Use "docker-machine create" to add a new one.'
	for c in config env inspect ip kill provision restart ssh start status stop upgrade url; do
		says 1 "" "$none" $c
		says 1 "" "$unknown" $c nope
	done
	says 1 "Regenerating TLS certificates" "$none" regenerate-certs -f
	says 1 "Regenerating TLS certificates" "$unknown" regenerate-certs -f nope
	says 1 "" "Unable to query docker version: $unknown" version nope
	says 1 "" "Error: Expected to get one or more machine names as arguments" rm
	says 1 "About to remove nope
WARNING: This action will delete both local reference and remote instance." \
		"Error removing host \"nope\": $unknown" rm -y nope
	machine create -d none --url $URL default
	machine create -d none --url $URL foo
	says 0 $URL "" url
	says 0 Running "" status
	for c in env status url version inspect; do
		says 1 "" "Error: Expected one machine name as an argument" $c default foo
	done
	says 1 "" "Error: Too many arguments given" active foo
	says 1 "" "Error: Expected no machine name when the -u flag is present" env -u foo
	says 1 "" "No active host found" active
	for c in "scp one" "scp" "scp one two three" "mount" "mount one two three"; do
		says 1 "" "Improper number of arguments" $c
	done
	# Several of which one is unknown: nothing is done.
	says 1 "" "$unknown" ip default nope
	says 1 "" "$unknown
${unknown/nope/none}" ip nope default none
}

@test "create: what it refuses" {
	called
	says 1 "" "Error: No machine name specified" create -d none --url $URL
	says 1 "" "Invalid command line. Found extra arguments [b]" create -d none --url $URL a b
	says 1 "" "Error creating machine: Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -" \
		create -d none --url $URL a_b
	says 1 "" 'Driver "bogus" not found. Do you have the plugin binary "docker-machine-driver-bogus" accessible in your PATH?' \
		create -d bogus a
	says 1 "" "Error setting machine configuration from flags provided: --url option is required when no driver is selected" \
		create -d none a
	says 1 "" "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: foo" \
		create -d none --url $URL --swarm --swarm-discovery foo a
	machine create -d none --url $URL --swarm --swarm-discovery token://1 a
	is_status 0
	says 1 "" 'Docker machine "a" already exists' create -d none --url $URL a
	machine create -d virtualbox --virtualbox-memory 1024 b
	is_status 3
	err_has 'Error with pre-create check: '
	err_lacks "machine create -d qemu b"
	[ ! -e "$d/b" ]
	says 1 "Running pre-create checks..." "Error generating certificates: certificate authority key already exists" \
		--tls-ca-cert "$HOME/no.pem" --tls-ca-key "$HOME/store/certs/ca-key.pem" create -d none --url $URL c
}

@test "hints name the program as it was called" {
	called
	machine create -d none --url $URL foo
	machine create -d none --url $URL foo
	err_has "hint: Use it: docker-machine env foo. Or remove it first: docker-machine rm foo"
	mkdir "$d/empty"
	echo '{"ConfigVersion": 9}' >"$d/foo/config.json"
	machine url foo
	err_has "hint: A newer tool made it: use that, or forget the machine: docker-machine rm -f foo"
	machine --json url foo
	err_has "docker-machine rm -f foo"
}

@test "records that cannot be read" {
	called
	machine create -d none --url $URL foo
	echo '{bad' >"$d/foo/config.json"
	# Ours names the file, and where in it.
	says 1 "" "Error getting migrated host: '$d/foo/config.json' is not JSON from byte 1 in line 1 on" url foo
	echo '{"ConfigVersion": 4}' >"$d/foo/config.json"
	says 1 "" "Error getting migrated host: config version is from the future -- you should upgrade your Docker Machine client" url foo
	rm "$d/foo/config.json"
	says 1 "" "open $d/foo/config.json: no such file or directory" url foo
	echo '{"ConfigVersion": 3, "Driver": {"IPAddress": "1"}, "DriverName": "xyz", "Name": "foo"}' >"$d/foo/config.json"
	for c in url stop start kill ip restart; do
		machine $c foo
		is_status 1
		err_has 'Driver "xyz" not found. Do you have the plugin binary accessible in your PATH?'
	done
	says 1 "" 'error getting state for host foo: Driver "xyz" not found. Do you have the plugin binary accessible in your PATH?' status foo
}

@test "no driver: no power" {
	called
	machine create -d none --url $URL foo
	says 1 'Starting "foo"...' 'Machine "foo" is already running.' start foo
	says 1 'Stopping "foo"...' "hosts without a driver cannot be stopped" stop foo
	says 1 'Killing "foo"...' "hosts without a driver cannot be killed" kill foo
	says 1 'Restarting "foo"...' "hosts without a driver cannot be restarted" restart foo
	says 0 "127.0.0.1:1" "" ip foo
}

@test "power: the lines, and what is said of a machine that is in that state" {
	begin
	says 1 'Starting "dev"...' 'Machine "dev" is already running.' start dev
	says 0 'Stopping "dev"...
Machine "dev" was stopped.' "" stop dev
	says 1 'Stopping "dev"...' 'Machine "dev" is already stopped.' stop dev
	says 1 'Killing "dev"...' 'Machine "dev" is already stopped.' kill dev
	says 0 Stopped "" status dev
	says 1 "" "Host is not running" url dev
	says 1 "" "Error getting IP address: Host is not running" ip dev
	says 1 "" "Error checking TLS connection: Host is not running" env dev
	says 1 "" "Error running connection boilerplate: Host is not running" config dev
	says 1 "" "Unable to query docker version: Host is not running" version dev
	says 1 "" 'Error: Cannot run SSH command: Host "dev" is not running' ssh dev true
	machine start dev
	is_status 0
	[[ $out == 'Starting "dev"...'* ]] || fail_with start
	out_has 'Machine "dev" was started.'
	out_has 'Started machines may have new IP addresses. You may need to re-run the `docker-machine env` command.'
	machine restart dev
	is_status 0
	[[ $out == 'Restarting "dev"...'* ]] || fail_with restart
	out_has 'Restarted machines may have new IP addresses. You may need to re-run the `docker-machine env` command.'
	says 0 'Killing "dev"...
Machine "dev" was killed.' "" kill dev
	machine rm -y dev foo
	out=$(sort "$HOME/.out")
	out_is 'About to remove dev, foo
Successfully removed dev
Successfully removed foo
WARNING: This action will delete both local reference and remote instance.'
}

@test "an engine that is asked" {
	begin
	machine version dev
	is_status 0
	[[ $out =~ ^[0-9]+\.[0-9]+ ]] || fail_with version
	DOCKER_URL=$("$MACHINE" url dev)
	export DOCKER_HOST=$DOCKER_URL
	says 0 dev "" active
	DOCKER_HOST=tcp://127.0.0.1:9
	says 1 "" "No active host found" active
	unset DOCKER_HOST
	machine env foo
	is_status 1
	out_is ""
	err_has 'Error checking TLS connection: Error checking and/or regenerating the certs: There was an error validating certificates for host "127.0.0.1:1": '
	err_has "hint: Is it running and reachable? docker-machine status foo"
	machine config foo
	is_status 1
	out_is ""
	err_has 'Error running connection boilerplate: Error checking and/or regenerating the certs: There was an error validating certificates for host "127.0.0.1:1": '
	says 1 "" "Error checking TLS connection: \"dev\" is not a swarm master. The --swarm flag is intended for use with swarm masters" \
		env --swarm dev
	says 1 "" "Error running connection boilerplate: \"dev\" is not a swarm master. The --swarm flag is intended for use with swarm masters" \
		config --swarm dev
	# The engine stands for its swarm's master, on the swarm's port.
	sed -i "s/\"Master\": false/\"Master\": true/; s/0.0.0.0:3376/0.0.0.0:${DOCKER_URL##*:}/" "$d/dev/config.json"
	machine env --swarm dev
	is_status 0
	out_has "export DOCKER_HOST=\"$DOCKER_URL\""
	sed -i "s/0.0.0.0:${DOCKER_URL##*:}/0.0.0.0:1/" "$d/dev/config.json"
	says 1 "" "Error checking TLS connection: Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not started" \
		env --swarm dev
}

@test "ls: columns, filters, templates" {
	called
	says 0 "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS" "" ls
	machine create -d none --url $URL --engine-label a=One --swarm --swarm-master --swarm-discovery token://1 m
	machine create -d none --url $URL --engine-label broken --swarm --swarm-discovery token://1 n2
	machine create -d none --url $URL n10
	says 0 "m
n10
n2" "" ls -q
	says 0 "m
n2
n10" "" ls --format '{{.Name}}'
	says 0 m "" ls -q --filter label=a=oNE
	says 0 "" "" ls -q --filter label=A=One
	says 0 "m
n2" "" ls -q --filter swarm=M
	says 0 n2 "" ls -q --filter swarm=m --filter name=n
	says 0 "" "" ls -q --filter swarm=token://1
	says 0 "n10
n2" "" ls -q --filter 'name=^n[0-9]+$' --filter driver=NONE
	says 0 "m
n10" "" ls -q --filter name=m --filter name=0 --filter STATE=running
	says 0 "" "" ls -q --filter state=Stopped
	says 1 "" "Unsupported filter syntax" ls --filter foo
	says 1 "" "Unsupported filter key 'foo'" ls --filter foo=x
	says 1 "" "error parsing regexp: missing closing ]: \`[\`" ls --filter name=[
	says 0 "NAME   SWARM
m      m (master)
n2     m
n10    " "" ls -f 'table {{.Name}}\t{{.Swarm}}'
	says 0 "NAME   ACTIVE   ACTIVE_HOST   ACTIVE_SWARM   DRIVER   STATE   URL   DOCKER" "" \
		ls --filter name=x -f 'table {{.Name}}\t{{.Active}}\t{{.ActiveHost}}\t{{.ActiveSwarm}}\t{{.DriverName}}\t{{.State}}\t{{.URL}}\t{{.DockerVersion}}'
	for f in Name=NAME Active=ACTIVE ActiveHost=ACTIVE_HOST ActiveSwarm=ACTIVE_SWARM DriverName=DRIVER State=STATE URL=URL \
		SwarmOptions=SWARM_OPTIONS Swarm=SWARM EngineOptions=ENGINE_OPTIONS Error=ERRORS DockerVersion=DOCKER \
		ResponseTime=RESPONSE; do
		says 0 "${f#*=}" "" ls --filter name=x -f "table {{.${f%=*}}}"
	done
	says 1 "" "template: :1:2: executing \"\" at <.Bogus>: can't evaluate field Bogus in type commands.HostListItem" \
		ls --format '{{.Bogus}}'
	says 1 "" 'template: :1: function "json" not defined' ls --format '{{json .}}'
	says 1 "" 'template: :2: unclosed action started at :1' ls --format '{{.Name'
	machine ls --format '{{.Error}}' --filter name=m
	out_has "Unable to query docker version: Cannot connect to the docker engine endpoint"
}

@test "ls: machines that cannot be read, and a store that is not there" {
	called
	machine create -d none --url $URL foo
	mkdir "$d/badjson" "$d/emptydir"
	echo '{bad' >"$d/badjson/config.json"
	echo '{"ConfigVersion": 3, "Driver": {}, "DriverName": "not-found", "Name": "noplug"}' >"$HOME/r"
	mkdir "$d/noplug"
	sed 's/not-found/xyz/' "$HOME/r" >"$d/noplug/config.json"
	machine ls
	is_status 0
	err_is ""
	out_has "Error getting migrated host: '$d/badjson/config.json' is not JSON from byte 1 in line 1 on"
	out_has "open $d/emptydir/config.json: no such file or directory"
	out_has 'Driver "xyz" not found. Do you have the plugin binary accessible in your PATH?'
	machine -s "$HOME/nowhere" ls
	is_status 0
	out_is "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS"
	[ ! -e "$HOME/nowhere" ]
}

@test "inspect: the whole, and templates" {
	called
	machine create -d none --url $URL --engine-label a=1 foo
	machine inspect foo
	is_status 0
	printf '%s' "$out" | cmp - "$d/foo/config.json"
	says 0 $URL "" inspect -f '{{.Driver.URL}}' foo
	says 0 "[a=1]" "" inspect -f '{{.HostOptions.EngineOptions.Labels}}' foo
	says 0 "<no value>" "" inspect foo --format '{{.HostOptions.EngineOptions.Dns}}'
	says 0 "{\"IPAddress\":\"127.0.0.1:1\",\"MachineName\":\"foo\",\"SSHKeyPath\":\"\",\"SSHPort\":0,\"SSHUser\":\"\",\"StorePath\":\"$HOME/store\",\"SwarmDiscovery\":\"\",\"SwarmHost\":\"\",\"SwarmMaster\":false,\"URL\":\"$URL\"}" "" \
		inspect -f '{{json .Driver}}' foo
	says 1 "" 'template parsing error: template: :1: function "bad" not defined' inspect -f '{{bad}}' foo
	says 1 "" 'template parsing error: template: :1: unclosed action' inspect -f '{{.Name' foo
}

@test "rm and regenerate-certs ask" {
	called
	machine create -d none --url $URL foo
	says 0 'About to remove foo
WARNING: This action will delete both local reference and remote instance.
Are you sure? (y/n): ' "" rm foo
	[ -d "$d/foo" ]
	says 1 'Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): ' "EOF" regenerate-certs foo
	machine rm -f nope
	is_status 0
	machine rm --force foo
	is_status 0
	out_has "Successfully removed foo"
}
