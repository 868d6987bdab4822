# SPDX-License-Identifier: Apache-2.0
# Where the program looks for its image: from where it lies itself, not from where it was thought to go when it was built.
load helper

# placed DIR: the program is copied there and asked from now on; under valgrind too, whose wrapper names the program.
placed() {
	mkdir -p "$1"
	cp "${PROGRAM:-$MACHINE}" "$1/machine"
	MACHINE=$1/machine
	unset MACHINE_IMAGE
}

image_is() {
	machine --json doctor none
	[[ $out == *"\"image\",\"OK\":true,\"Text\":\"$1\""* ]] || fail_with "expected the image '$1'"
}

@test "an installed program finds the image of its own prefix, moved as a whole and called through links" {
	placed "$HOME/opt/bin"
	fake_image "$HOME/opt/share/machine/image"
	image_is "$HOME/opt/share/machine/image"
	mkdir "$HOME/links"
	ln -s ../opt/bin/machine "$HOME/links/docker-machine"
	MACHINE=$HOME/links/docker-machine
	image_is "$HOME/opt/share/machine/image"
	mv "$HOME/opt" "$HOME/moved on"
	MACHINE="$HOME/moved on/bin/machine"
	image_is "$HOME/moved on/share/machine/image"
}

@test "a build tree's image is taken before an installed one, and the store's before both" {
	placed "$HOME/tree/build"
	fake_image "$HOME/tree/share/machine/image"
	image_is "$HOME/tree/share/machine/image"
	fake_image "$HOME/tree/build/image"
	image_is "$HOME/tree/build/image"
	fake_image "$HOME/store/image"
	image_is "$HOME/store/image"
}

@test "beside a program in a folder of everybody, another user's image is passed over" {
	[ "$EUID" -eq 0 ] || skip "needs root"
	placed "$HOME/all/bin"
	chmod 1777 "$HOME/all" "$HOME/all/bin"
	fake_image "$HOME/all/bin/image"
	fake_image "$HOME/all/share/machine/image"
	image_is "$HOME/all/bin/image"
	chown -h 65534 "$HOME/all/bin/image" "$HOME/all/share"
	machine --json doctor none
	out_lacks "\"OK\":true,\"Text\":\"$HOME/all"
	# One's own and the owner's of the program are fine.
	chown 65534 "$MACHINE"
	image_is "$HOME/all/bin/image"
}

@test "no prefix is compiled in: the places are told when no image is there" {
	[ ! -e /usr/share/machine/image ] && [ ! -e /usr/local/share/machine/image ] || skip "an image is installed here"
	placed "$HOME/opt/bin"
	machine --json doctor none
	out_has "'$HOME/opt/bin/image', '$HOME/opt/share/machine/image', '/usr/local/share/machine/image', '/usr/share/machine/image'"
}
