# shellcheck shell=bash
# The tree of the root in $ROOT: files of packages, libraries, our own files, links. Sourced by build.sh, never run.
#
# $WORK/used: the packages that something was taken from, for the manifest (the ISO adds its boot loaders).

# take PACKAGE PATH [TARGET] - files of an unpacked package into the root; PATH may be a pattern. Links are followed.
take() {
	local folder found=() path target
	folder=$(package_folder "$1")
	[ -n "$folder" ] || die "$1 is not among the packages"
	mapfile -t found < <(compgen -G "$folder/$2")
	[ ${#found[@]} -gt 0 ] || die "$1 has no $2" "guest/image/files.txt names what is taken"
	for path in "${found[@]}"; do
		target=$ROOT/${3:-${path#"$folder/"}}
		mkdir -p "${target%/*}"
		cp -L --preserve=mode "$path" "$target"
	done
	echo "$1" >>"$WORK/used"
}

take_files() {
	local package path target
	while read -r package path target; do
		take "$package" "$path" "$target"
	done < <(rows "$RECIPE/files.txt")
}

# The layout of a Debian system: everything is below /usr, the old names are links.
root_skeleton() {
	local name
	mkdir -p "$ROOT"/{boot,dev,etc,home/docker,media,mnt/data,opt,proc,root,run,srv,sys,tmp,var}
	mkdir -p "$ROOT"/usr/{bin,sbin,lib,lib64,local/{bin,sbin},share} "$ROOT/usr/lib/x86_64-linux-gnu"
	mkdir -p "$ROOT"/var/{cache,lib/{boot2docker,containerd,docker},log,spool,tmp}
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$ROOT/$name"; done
	ln -s /run "$ROOT/var/run"
	ln -s /run/lock "$ROOT/var/lock"
	ln -s /proc/self/mounts "$ROOT/etc/mtab"
	# boot2docker kept the engine's settings there, and its own scripts look for the log
	ln -s /var/lib/boot2docker "$ROOT/etc/boot2docker"
}

# The bundle that programs read. Debian makes it when the package is configured, in the order of the names.
certificates() {
	local folder
	folder=$(package_folder ca-certificates)
	mkdir -p "$ROOT/etc/ssl/certs"
	find "$folder/usr/share/ca-certificates/mozilla" -name '*.crt' | sort |
		while read -r path; do
			cat "$path"
			echo
		done | sed '/^$/d' >"$ROOT/etc/ssl/certs/ca-certificates.crt"
	ln -s certs/ca-certificates.crt "$ROOT/etc/ssl/cert.pem"
	echo ca-certificates >>"$WORK/used"
}

# libraries - whatever the programs are linked with, and what that is linked with, until nothing is missing.
libraries() {
	local name path round=1 lib=usr/lib/x86_64-linux-gnu
	(cd "$UNPACKED" && awk -F'\t' '{ sub(/\.deb$/, "", $6); print $1 "\t" $6 }' "$WORK/packages.tsv" |
		while IFS=$'\t' read -r name path; do
			for path in "$path/$lib"/*.so*; do
				[ ! -e "$path" ] || printf '%s\t%s\n' "${path##*/}" "$name"
			done
		done) >"$WORK/sonames"
	while [ $round -gt 0 ]; do
		round=0
		while read -r name; do
			path=$(awk -F'\t' -v so="$name" '$1 == so { print $2; exit }' "$WORK/sonames")
			[ -n "$path" ] || die "no package has the library $name"
			take "$path" "$lib/$name"
			round=$((round + 1))
		done < <(missing_libraries)
	done
	take libc6 "$lib/ld-linux-x86-64.so.2"
	ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$ROOT/usr/lib64/ld-linux-x86-64.so.2"
}

missing_libraries() {
	local have
	have=$(find "$ROOT/usr" -name '*.so*' -printf ' %f ')
	find "$ROOT/usr" -type f \( -perm -0100 -o -name '*.so*' \) ! -name '*.sh' -exec readelf -d {} + 2>/dev/null |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u |
		while read -r name; do
			[[ $have == *" $name "* ]] || echo "$name"
		done
}

# prelink_programs - names that nobody looks up and pointers that each start would write anew cost room and time.
prelink_programs() {
	gcc -std=gnu11 -O2 -static -o "$WORK/prelink" "$RECIPE/prelink.c"
	"$WORK/prelink" "$ROOT"/usr/bin/{containerd,containerd-shim-runc-v2,docker} "$ROOT"/usr/sbin/{dockerd,docker-proxy}
}

# Our files: static ones beside this script, the programs, and what tells the image's versions.
own_files() {
	local engine
	cp -r "$RECIPE/root/." "$ROOT/"
	cp "$PROGRAMS/init" "$PROGRAMS/agent" "$PROGRAMS/gate" "$ROOT/usr/lib/machine/"
	chmod 755 "$ROOT"/usr/lib/machine/{init,agent,gate}
	cp "$IPTABLES/xtables-legacy-multi" "$ROOT/usr/sbin/"
	engine=$(upstream "$(package_field docker.io 2)")
	cat >"$ROOT/usr/lib/os-release" <<-TEXT
		NAME=Boot2Docker
		ID=boot2docker
		ID_LIKE=debian
		VERSION=$engine
		VERSION_ID=$engine
		VERSION_CODENAME=$SUITE
		PRETTY_NAME="machine guest, engine $engine, Debian $SUITE"
	TEXT
	ln -s ../usr/lib/os-release "$ROOT/etc/os-release"
	echo "$engine" >"$ROOT/etc/version"
}

# Names of programs: iptables' and busybox' tell from theirs what they are to do; PID 1's program is its own client.
program_links() {
	local name
	for name in iptables ip6tables; do
		ln -s xtables-legacy-multi "$ROOT/usr/sbin/$name"
		ln -s xtables-legacy-multi "$ROOT/usr/sbin/$name-legacy"
		ln -s xtables-legacy-multi "$ROOT/usr/sbin/$name-save"
		ln -s xtables-legacy-multi "$ROOT/usr/sbin/$name-restore"
	done
	for name in poweroff reboot halt shutdown; do
		ln -s ../lib/machine/init "$ROOT/usr/sbin/$name"
	done
	ln -s docker-init "$ROOT/usr/bin/tini"
	while read -r name; do
		[ -e "$ROOT/usr/bin/$name" ] || [ -e "$ROOT/usr/sbin/$name" ] || ln -s busybox "$ROOT/usr/bin/$name"
	done < <("$ROOT/usr/bin/busybox" --list)
	# The kernel asks for modules by this name.
	ln -s ../bin/busybox "$ROOT/usr/sbin/modprobe"
}

# modes - what is neither 644 nor 755. The tree is the builder's; the file systems make everything root's.
modes() {
	find "$ROOT" -type d -exec chmod 755 {} +
	chmod 4755 "$ROOT/usr/bin/sudo"
	chmod 440 "$ROOT/etc/sudoers"
	chmod 600 "$ROOT/etc/shadow"
	chmod 700 "$ROOT/root"
	chmod 710 "$ROOT/var/lib/docker"
	chmod 711 "$ROOT/var/lib/containerd" "$ROOT/mnt/data"
	chmod 1777 "$ROOT/tmp" "$ROOT/var/tmp"
}

build_root() {
	ROOT=$WORK/root
	say "root: programs, libraries and modules of $(wc -l <"$WORK/packages.tsv") packages"
	root_skeleton
	take_files
	prelink_programs
	certificates
	libraries
	own_files
	program_links
	root_modules
	modes
}
