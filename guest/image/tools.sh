# shellcheck shell=bash
# The image's tools, of its own suite: $TOOLS/root has their unpacked packages, $TOOLS/bin a script for each program of
# tools.txt, which starts it with the dynamic linker and the libraries of that folder. So the builder's host needs neither these
# tools nor the C library that they want, and no root, chroot or namespace, which many a builder (a container, a plain chroot)
# does not give. The folder may be moved. Sourced by prepare.sh, never run.

# What the tools' packages depend on, and the tools do not use.
TOOLS_LEAVE='^lib(asan|lsan|tsan|hwasan|ubsan|quadmath|itm|gomp|cc1|gprofng|efi)'
TOOLS_EXCLUDE=(./usr/share/{info,locale,lintian,man} './usr/share/doc/*/*[!t]' './usr/libexec/gcc/*/lto1' './usr/bin/qemu-[!i]*')

tool_rows() { rows "$RECIPE/tools.txt"; }

# tools_setup - $TOOLS is whole and has the suite's newest versions. $TOOLS/version changes only when what is in it does.
tools_setup() {
	local table=$CACHE/tools/$SUITE.tsv version
	mkdir -p "$CACHE/tools"
	# shellcheck disable=SC2046 # names of packages
	resolve "$table.all" '^(lib|zlib|gcc-|cpp-|binutils-|grub2-common|linux-libc-dev)' $(tool_rows | sed -E 's/^[^ ]+ +//')
	awk -F'\t' -v leave="$TOOLS_LEAVE" '$1 !~ leave' "$table.all" >"$table"
	rm -f "$table.all"
	version="$SUITE $(cat "$table" "$RECIPE/tools.sh" "$RECIPE/tools.txt" | sha256sum | cut -c1-32)"
	if [ "$(cat "$TOOLS/version" 2>/dev/null)" = "$version" ]; then
		rm -f "$table"
		return
	fi
	fetch "$table"
	say "unpack the tools of $SUITE"
	rm -rf "$TOOLS" "$TOOLS.new"
	tools_unpack "$table" "$TOOLS.new"
	tools_scripts "$TOOLS.new"
	tools_check "$TOOLS.new"
	mv "$table" "$TOOLS.new/packages.tsv"
	echo "$version" >"$TOOLS.new/version"
	mv "$TOOLS.new" "$TOOLS"
}

# tools_unpack TABLE FOLDER - the layout of a Debian system, to which packages unpack through the links. files.tsv says which
# package a file is of.
tools_unpack() {
	local file name root=$2/root
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
	while IFS=$'\t' read -r name _ _ _ _ file; do
		dpkg-deb --fsys-tarfile "$APT/archives/$file" |
			tar -xv -C "$root" --no-same-owner --keep-directory-symlink "${TOOLS_EXCLUDE[@]/#/--exclude=}" |
			sed -n "s#^\\./\\(.*[^/]\\)\$#$name\t\\1#p"
	done <"$1" >"$2/files.tsv"
}

# tool_script PROGRAM FILE [ARGUMENT...] - what starts PROGRAM, a path below root. gcc finds its parts from its own name, and
# tells them by the environment where the others are: so only what the builder has set for gcc itself is cleared.
tool_script() {
	local program=$1 file=$2 own='' clear="LD_PRELOAD LD_LIBRARY_PATH"
	[ "${file##*/}" != gcc ] || clear+=" CPATH C_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX"
	shift 2
	[ $# = 0 ] || own=$(printf ' "%s"' "$@")
	cat >"$file" <<-SCRIPT
		#!/bin/sh
		# Made by guest/image/tools.sh
		here=\${0%/*}/..
		lib=\$here/root/usr/lib/x86_64-linux-gnu
		unset $clear
		export GCONV_PATH="\$lib/gconv" PKG_CONFIG_LIBDIR="\$lib/pkgconfig:\$here/root/usr/share/pkgconfig"
		exec "\$lib/ld-linux-x86-64.so.2" --inhibit-cache --library-path "\$lib" \\
			--argv0 "\$here/root/$program" "\$here/root/$program"$own "\$@"
	SCRIPT
	chmod 755 "$file"
}

# tools_scripts FOLDER - gcc is told where the scripts of its parts are: it would start these by themselves.
tools_scripts() {
	local folder=$1 name path
	mkdir -p "$folder"/{bin,exec}
	while read -r name _; do
		path=$(cd "$folder/root" && { compgen -G "usr/*bin/$name" || true; })
		case $name in
		*/*) path=$(cd "$folder/root" && { compgen -G "$name" || true; }) ;;
		gcc) tool_script "$path" "$folder/bin/gcc" "-B\$here/exec/" "--sysroot=\$here/root" ;;
		*) tool_script "$path" "$folder/bin/$name" ;;
		esac
		[ -n "$path" ] || die "the tools of $SUITE lack '$name'" "guest/image/tools.txt names its package"
	done < <(tool_rows)
	for name in cc1 collect2; do
		path=$(cd "$folder/root" && compgen -G "usr/libexec/gcc/x86_64-linux-gnu/*/$name")
		tool_script "$path" "$folder/exec/$name"
	done
	ln -s ../bin/as ../bin/ld "$folder/exec/"
}

# tools_check FOLDER - all libraries of the programs are there: those of the builder's host never are a substitute.
tools_check() {
	local program root=$1/root lib=$1/root/usr/lib/x86_64-linux-gnu
	# shellcheck disable=SC2016 # words of the scripts
	sed -n 's#.*--argv0 "\$here/root/\([^"]*\)".*#\1#p' "$1"/{bin,exec}/* | while read -r program; do
		"$lib/ld-linux-x86-64.so.2" --inhibit-cache --library-path "$lib" --list "$root/$program" |
			awk -v lib="$lib/" -v program="$program" '
				/linux-vdso|ld-linux|statically linked/ { next }
				index($0, " => " lib) == 0 { print "image: error: " program " lacks " $1 > "/dev/stderr"; bad = 1 }
				END { exit bad }' || exit 1
	done || die "the tools of $SUITE are not whole" "guest/image/tools.txt names their packages"
}
