# shellcheck shell=bash
# Kernel modules: those of the lists with what they depend on, unpacked, for the root and for the initrds.
# Sourced by build.sh, never run.

# kernel_fits VERSION - can the guest work with that kernel?
kernel_fits() { printf '%s\n' 6.6 "${1%%-*}" | sort -V -C; }

# kernel_setup - finds the kernel's package and prepares $MODULES: all modules of it with a fresh modules.dep.
kernel_setup() {
	KERNEL_PACKAGE=$(cut -f1 "$WORK/packages.tsv" | grep '^linux-image-[0-9]')
	KERNEL=${KERNEL_PACKAGE#linux-image-}
	KERNEL_FOLDER=$(package_folder "$KERNEL_PACKAGE")
	MODULES=$KERNEL_FOLDER/usr/lib/modules/$KERNEL
	[ -d "$MODULES" ] || die "$KERNEL_PACKAGE has no modules"
	kernel_fits "$KERNEL" || die "the kernel $KERNEL of $SUITE is too old: a guest closes networks by what Linux 6.6 brought (tcx)" \
		"SUITE names a later suite, such as trixie"
	mkdir -p "$WORK/all/lib/modules"
	ln -s "$MODULES" "$WORK/all/lib/modules/$KERNEL"
	DEP=$WORK/modules.dep
	# Printed are all index files one behind the other; those behind the first begin with a comment.
	: >"$WORK/depmod.conf"
	depmod -n -C "$WORK/depmod.conf" -b "$WORK/all" "$KERNEL" 2>/dev/null | sed '/^#/,$d' >"$DEP"
	[ -s "$DEP" ] || die "depmod cannot read the modules of $KERNEL_PACKAGE"
	BUILTIN=$MODULES/modules.builtin
	echo "$KERNEL_PACKAGE" >>"$WORK/used"
}

# module_closure NAME... - paths below $MODULES of the modules and all they need, each after its needs. A module that the
# kernel has built in is passed over; one that it does not have at all is an error: a list is wrong then.
module_closure() {
	printf '%s\n' "$@" | awk -v builtin="$BUILTIN" '
		function plain(path) {
			sub(/.*\//, "", path)
			sub(/\.ko.*/, "", path)
			gsub(/-/, "_", path)
			return path
		}
		function visit(path, i, n, list) {
			if (path in done)
				return
			done[path]
			n = split(needs[path], list, " ")
			for (i = n; i > 0; i--)
				visit(list[i])
			print path
		}
		BEGIN {
			while ((getline line < builtin) > 0)
				inside[plain(line)]
		}
		FNR == NR {
			colon = index($0, ":")
			path = substr($0, 1, colon - 1)
			needs[path] = substr($0, colon + 1)
			where[plain(path)] = path
			next
		}
		{
			name = plain($1)
			if (name in where)
				visit(where[name])
			else if (!(name in inside)) {
				print "image: error: the kernel has no module " $1 > "/dev/stderr"
				bad = 1
			}
		}
		END { exit bad }' "$DEP" -
}

# module_list FILE... - the closure of lists.
module_list() {
	local names
	mapfile -t names < <(for file; do rows "$RECIPE/$file"; done)
	module_closure "${names[@]}"
}

# module_copy PATH TARGET - unpacked: the kernel would else unpack it at each boot. Of what is left out, types for tracers
# (BTF) and signatures, the kernel would read the one and compute the other at each load: 0.3 CPU seconds of an emulated boot.
module_copy() {
	case $1 in
	*.xz) xz -dc "$MODULES/$1" >"$2" ;;
	*.zst) zstd -qdc "$MODULES/$1" >"$2" ;;
	*) cp "$MODULES/$1" "$2" ;;
	esac
	strip --strip-debug --remove-section=.BTF "$2"
}

# root_modules - the modules of all lists, their index, and init's list of those to load early.
root_modules() {
	local path folder=$ROOT/usr/lib/modules/$KERNEL lists=(modules-initrd.txt modules-early.txt modules-root.txt)
	module_list "${lists[@]}" >"$WORK/modules.root"
	while read -r path; do
		mkdir -p "$folder/${path%/*}"
		module_copy "$path" "$folder/${path%.ko*}.ko"
	done <"$WORK/modules.root"
	cp "$MODULES"/modules.{builtin,builtin.modinfo,order} "$folder/"
	depmod -C "$WORK/depmod.conf" -b "$ROOT" "$KERNEL"
	# busybox reads the text alone
	rm "$folder"/modules.*.bin "$folder"/modules.{order,builtin.modinfo,devname}
	module_list modules-initrd.txt >"$WORK/modules.initrd"
	module_list modules-early.txt | grep -vxFf "$WORK/modules.initrd" |
		module_levels "/lib/modules/$KERNEL" >"$ROOT/usr/lib/machine/modules.levels"
}

# module_levels PREFIX - closure on stdin to lines: a module is one level behind the last of its needs.
module_levels() {
	awk -v prefix="$1" '
		FNR == NR {
			colon = index($0, ":")
			needs[substr($0, 1, colon - 1)] = substr($0, colon + 1)
			next
		}
		{
			n = split(needs[$1], list, " ")
			mine = 1
			for (i = 1; i <= n; i++)
				if (list[i] in level && level[list[i]] >= mine)
					mine = level[list[i]] + 1
			level[$1] = mine
			name = $1
			sub(/\.ko.*/, ".ko", name)
			line[mine] = line[mine] (line[mine] == "" ? "" : " ") prefix "/" name
			if (mine > last)
				last = mine
		}
		END { for (i = 1; i <= last; i++) print line[i] }' "$DEP" -
}

# initrd_modules FOLDER LIST... - files and their order, flat, for an initrd.
initrd_modules() {
	local folder=$1 path name
	shift
	mkdir -p "$folder"
	module_list "$@" | while read -r path; do
		name=${path##*/}
		name=${name%.ko*}.ko
		module_copy "$path" "$folder/$name"
		echo "$name"
	done >"$folder/order"
}
