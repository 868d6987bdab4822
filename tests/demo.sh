#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a built tree to a container that ran, in plain words. Run it as often as you like: what is there is used again.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
machine=$top/build/machine
name=${DEMO_NAME:-demo}

say() { printf '\n== %s\n' "$*"; }

docker=$("$top/tests/docker-client.sh")
say "The Docker client is $docker"

if [ "$("$machine" status "$name" 2>/dev/null || true)" = Running ]; then
	say "The machine '$name' runs already."
elif "$machine" status "$name" >/dev/null 2>&1; then
	say "The machine '$name' is there; starting it."
	"$machine" start "$name"
else
	say "Creating the machine '$name': a virtual machine with a Docker engine, with its own keys and certificates."
	"$machine" create "$name"
fi

say "Pointing the client at it:  eval \"\$(machine env $name)\""
settings=$("$machine" env --shell bash "$name")
eval "$settings"
"$docker" version --format 'client {{.Client.Version}}, engine {{.Server.Version}}'

say "Making a container image from this host's busybox (no registry is needed)."
"$docker" image inspect demo/busybox >/dev/null 2>&1 || "$top/tests/busybox-image.sh" | "$docker" import - demo/busybox

say "Running a container in it:"
"$docker" run --rm demo/busybox echo "hello from a container in the machine '$name'"

say "Publishing a port and fetching it from this host:"
"$docker" rm -f demo-web >/dev/null 2>&1 || true
"$docker" run -d --name demo-web -p 8080:80 demo/busybox \
	sh -c 'mkdir -p /www && echo "hello from port 80 of a container" >/www/index.html && exec httpd -f -p 80 -h /www' >/dev/null
address=$("$machine" ip "$name")
curl --silent --retry 20 --retry-delay 1 --retry-all-errors --max-time 60 "http://$address:8080/" ||
	{ echo "nothing answered on $address:8080; hint: $machine ports $name"; exit 1; }
"$docker" rm -f demo-web >/dev/null

say "Done. The machine goes on running. What you may type next:"
cat <<TEXT
  eval "\$($machine env $name)"     # in your own shell, then use docker as usual
  $machine ls                       # all machines
  $machine ssh $name                # a shell in it
  $machine rm -y $name              # remove it, with all that is in it
TEXT
[ "$docker" != "$top/build/docker-client/usr/bin/docker" ] ||
	echo "  sudo apt install docker-cli       # a Docker client of your own (it was taken from build/ so far)"
