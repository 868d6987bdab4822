#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What may happen to a test of guest.bats, with the programs of this folder: run by ../selftest.sh.
load ../inside

folder() { echo "$MACHINE_STORAGE_PATH/machines/vm"; }

# guru: the emulation ends the guest
guru() {
	echo gurumeditation >"$(folder)/state"
	mkdir -p "$(folder)/vm/Logs"
	echo "Guru Meditation 1155 (VINF_EM_TRIPLE_FAULT) !!" >"$(folder)/vm/Logs/VBox.log"
}

@test "passes, and leaves the machine running" {
	begin vm
	touch "$(folder)/first"
}

@test "begins with the machine that runs; ended once, it begins from nothing" {
	begin vm
	if [ "$BATS_TEST_TRY_NUMBER" = 1 ]; then
		[ -e "$(folder)/first" ]
		guru
		false
	fi
	[ ! -e "$(folder)/first" ]
}

@test "ended each time" {
	begin vm
	guru
	false
}

@test "after it all is well" {
	begin vm
	vbox_is vm running
	machine kill vm
}

@test "a failure of the product is not made again" {
	begin vm
	echo "try $BATS_TEST_TRY_NUMBER" >>"$real/tries"
	false
}

@test "begins with no machine" {
	begin
	[ -z "$(machine ls -q)" ]
}
