#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a built tree to a container that ran, in plain words. Run it as often as you like: what is there is used again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
machine=build/machine
name=${DEMO_NAME:-demo}

say() { printf '\n== %s\n' "$*"; }

# The package that has the client in this release: in Debian 12 it is in docker.io.
client_package() {
	if apt-cache show docker-cli >/dev/null 2>&1; then echo docker-cli; else echo docker.io; fi
}

docker=$(tests/docker-client.sh)
docker=${docker#"$PWD/"}
say "The Docker client is $docker"

if [ "$("$machine" status "$name" 2>/dev/null || true)" = Running ]; then
	say "The machine '$name' runs already."
elif "$machine" status "$name" >/dev/null 2>&1; then
	say "The machine '$name' is there; starting it."
	"$machine" start "$name"
else
	say "Creating the machine '$name': a virtual machine with a Docker engine, keys and"
	echo "   certificates of its own:  $machine create $name"
	"$machine" create "$name"
fi

say "Pointing the client at it:  eval \"\$(machine env $name)\""
settings=$("$machine" env --shell bash "$name")
eval "$settings"
"$docker" version --format 'client {{.Client.Version}}, engine {{.Server.Version}}'

say "Making a container image from this host's busybox (no registry is needed)."
"$docker" image inspect demo/busybox >/dev/null 2>&1 || tests/busybox-image.sh | "$docker" import - demo/busybox

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

say "Done. The machine goes on running. What you may type next, in this folder:"
cat <<TEXT
  eval "\$($machine env $name)"    # then use docker as usual
  $machine ls                    # all machines
  $machine ssh $name              # a shell in it
  $machine rm -y $name            # remove it, with all that is in it
TEXT
case $docker in
build/*) cat <<TEXT

There is no docker on your PATH. The one that was used here, or one of your own:
  PATH="\$PATH:\$PWD/$(dirname "$docker")"
  sudo apt install --no-install-recommends $(client_package)
TEXT
	;;
esac
