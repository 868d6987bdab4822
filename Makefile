# machine: turns any hypervisor or reachable host into a secured Docker host.
# `make help` lists the targets. Everything that is made lies under build/.

VERSION  := 0.1.0
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
CC       ?= gcc
WERROR   ?=
SAN      ?=
V        ?=

Q := $(if $(V),,@)
TIMED := tests/timed.sh
COMMIT := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# An option, where the compiler has it.
cc-has = $(shell $(CC) $(1) -E -x c /dev/null >/dev/null 2>&1 && echo $(1))

WARN := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wwrite-strings -Wundef -Wimplicit-fallthrough -Wno-missing-field-initializers $(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -fPIE -fcf-protection $(call cc-has,-ftrivial-auto-var-init=zero) \
        $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
OPT    ?= -O2 -g
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Without libvirt's and libxml2's headers the driver kvm only says what to install.
LIBVIRT ?= $(shell pkg-config --exists libvirt libxml-2.0 2>/dev/null && echo yes)
CPPFLAGS += -I. $(if $(LIBVIRT),$(shell pkg-config --cflags libvirt libxml-2.0),-DWITHOUT_LIBVIRT) -D_GNU_SOURCE
CFLAGS_ALL := -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(SANFLAGS) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(SANFLAGS) $(LDFLAGS)
LIBS := -lcjson -lssl -lcrypto -ldl -lpthread -lm
# What decides on the objects, but for warnings; and what this was found out with.
FLAGS := $(CC) $(CPPFLAGS) $(OPT) $(HARDEN) $(SANFLAGS) $(CFLAGS)
TOOLS = $(shell command -v $(firstword $(CC)); pkg-config --exists libvirt libxml-2.0 2>/dev/null && echo libvirt)
TOOLS_AT_START := $(TOOLS)

SRC := $(sort $(wildcard base/*.c gotext/*.c engine/*.c remote/*.c certs/*.c provision/*.c drivers/*.c drivers/*/*.c core/*.c cmd/*.c))
SRC := $(if $(LIBVIRT),$(SRC),$(filter-out base/xml.c $(filter-out %/missing.c,$(wildcard drivers/kvm/*.c)),$(SRC)))
OBJ := $(SRC:%.c=$(BUILD)/obj/%.o)
LIBOBJ := $(filter-out $(BUILD)/obj/cmd/main.o,$(OBJ))
UNIT := $(sort $(wildcard tests/unit/test_*.c))
UNITBIN := $(UNIT:tests/unit/%.c=$(BUILD)/tests/%)

.DEFAULT_GOAL := all
.PHONY: all objects help deps man image demo check check-unit check-cli check-guest check-compilers check-valgrind check-e2e check-boot check-image check-double check-virtualbox check-reproducible bench fuzz format lint install uninstall clean FORCE

all: $(BUILD)/machine ## build the program

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BUILD)/machine: $(OBJ)
	@echo "  LINK  $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# Other flags, other objects: headers of libvirt that came or went decide which drivers there are. What this make itself
# installed came too late for its flags.
$(BUILD)/flags: FORCE
	@[ "$(TOOLS)" = "$(TOOLS_AT_START)" ] || { echo "make: error: compiler or headers were installed meanwhile"; echo "hint: make"; exit 1; }
	@mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@.new; if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The version is known to one file only, so that a new commit compiles one file.
$(BUILD)/obj/cmd/version_text.o: CPPFLAGS += -DMACHINE_VERSION='"$(VERSION)"' -DMACHINE_COMMIT='"$(COMMIT)"'
$(BUILD)/commit: FORCE
	@mkdir -p $(@D); echo '$(VERSION) $(COMMIT)' | cmp -s - $@ || echo '$(VERSION) $(COMMIT)' > $@
$(BUILD)/obj/cmd/version_text.o: $(BUILD)/commit

objects: $(OBJ) ## compile everything that stands

# An archive, so that a test links only the members that it needs.
$(BUILD)/libmachine.a: $(LIBOBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libmachine.a
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -include tests/unit/any_cmocka.h -MMD -MP -o $@ $< $(BUILD)/libmachine.a $(LIBS) -lcmocka $(LDFLAGS_ALL)

check-unit: $(UNITBIN) ## unit tests (cmocka)
	$(Q)$(TIMED) $@ sh -c 'for t; do echo "== $$t"; $$t || exit 1; done' $(BUILD) $(UNITBIN)

check-cli: $(BUILD)/machine ## command-line tests (bats) on the built program
	$(Q)$(TIMED) "$@ $(SAN)" env MACHINE=$(CURDIR)/$(BUILD)/machine bats tests/cli

image: guest ## build the guest image from signed Debian packages, without root
	$(Q)PROGRAMS=build/guest guest/image/build.sh build/image

check-e2e: all image ## boot the real image in real QEMU and drive it with a real Docker client
	$(Q)$(TIMED) $@ tests/e2e/run.sh

bench: all image ## measure: commands, create, the gate, the image; each beside a floor or a peer of the same run
	$(Q)tests/bench/run.sh $(PART)

check-boot: image ## boot the image without the program: an identity that comes late; machine.iso by BIOS and EFI
	$(Q)$(TIMED) "$@: boot_test" tests/alone.sh tests/guest/boot_test.py build/image
	$(Q)$(TIMED) "$@: boot-image" tests/e2e/boot-image.sh build/image bios efi

check-image: image ## hold the manifest to the image's files, and the recipe to other builders' hosts
	$(Q)$(TIMED) "$@: recipe" tests/image/recipe_test.sh
	$(Q)$(TIMED) "$@: manifest" tests/image/manifest_test.py

check-double: ## hold the double of VBoxManage to what a real one answered
	$(Q)$(TIMED) "$@: replay" tests/virtualbox/double/replay.py
	$(Q)$(TIMED) "$@: selftest" tests/virtualbox/real/selftest.sh

check-virtualbox: all image ## the virtualbox driver on a real VirtualBox, which runs in QEMU (root; an hour; not part of check)
	$(Q)tests/virtualbox/real/run.sh

check-reproducible: guest ## build the image a second time from the same packages, and compare
	$(Q)tests/guest/reproducible.sh

.PHONY: deps-demo deps-list demo-run check-run check-bare
# Flags and sources depend on what is installed: after deps a make of its own looks afresh.
demo: deps-demo ## from nothing to a container that ran, with words: installs, builds, runs
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)$(MAKE) --no-print-directory demo-run

demo-run: all image
	$(Q)tests/demo.sh

check-guest: ## tests of the guest's programs on this host, plain and with sanitizers
	$(Q)$(TIMED) $@ tests/guest/run.sh

check-compilers: ## the other compiler without warnings; command-line and unit tests with ASan and UBSan
	$(Q)$(MAKE) --no-print-directory BUILD=build/clang CC=clang WERROR=1 all
	$(Q)$(MAKE) --no-print-directory BUILD=build/san SAN=address,undefined all check-unit check-cli

# Shells start what runs in the background with SIGINT ignored, nohup with SIGHUP; tests send them.
check: deps ## install what the tests need and run all of them
	$(Q)env --default-signal=INT,QUIT,HUP,TERM $(MAKE) --no-print-directory check-run

check-run:
	$(Q)tests/lint-layers.sh
	$(Q)tests/lint-headers.sh
	$(Q)tests/lint-docs.sh
	$(Q)tests/format.sh --check
	$(Q)mkdir -p build && rm -f build/times
	$(Q)$(TIMED) "program and image" $(MAKE) --no-print-directory $(JOBS) WERROR=1 all image
	$(Q)$(MAKE) --no-print-directory $(JOBS) --output-sync=target WERROR=1 check-boot check-compilers check-valgrind check-unit check-cli check-double check-guest check-image
	$(Q)$(MAKE) --no-print-directory WERROR=1 check-e2e
	$(Q)echo "where the time went (what ran beside each other counts twice):" && cat build/times

check-bare: ## `make demo` in bare trees of Debian (root, debootstrap; FULL=1: make check too; not part of check)
	$(Q)tests/bare/run.sh

FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SECONDS ?= 30
fuzz: ## run each fuzzer for FUZZ_SECONDS (libFuzzer, ASan, UBSan)
	$(Q)$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang SAN=fuzzer-no-link,address,undefined build/fuzz/libmachine.a
	$(Q)for f in $(FUZZERS); do mkdir -p $$f.corpus; \
		clang $(CPPFLAGS) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -o $$f tests/fuzz/$$(basename $$f).c build/fuzz/libmachine.a $(LIBS) && \
		echo "== $$f" && { $$f -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -artifact_prefix=build/fuzz/ $$f.corpus \
			>$$f.log 2>&1 || { tail -40 $$f.log; exit 1; }; } && grep Done $$f.log || exit 1; done

check-valgrind: all ## the command-line tests without a leak under valgrind
	$(Q)$(TIMED) $@ env MACHINE=$(CURDIR)/tests/valgrind.sh PROGRAM=$(CURDIR)/$(BUILD)/machine bats tests/cli

format: ## lay out the C files as .clang-format says
	$(Q)tests/format.sh

lint: ## layers, headers, pages, format, static analysis, shell scripts
	$(Q)tests/lint-layers.sh
	$(Q)tests/lint-headers.sh
	$(Q)tests/lint-docs.sh
	$(Q)tests/format.sh --check
	$(Q)shellcheck -x -P SCRIPTDIR $$(git ls-files '*.sh')
	$(Q)clang-tidy --quiet $(SRC) -- $(CPPFLAGS) -std=gnu11 -DMACHINE_VERSION='""' -DMACHINE_COMMIT='""'

# Packages, by what they are for; of A|B either does. The libraries that the program loads come with their headers. Those
# of the image's recipe stand in its own list.
DEPS_BUILD := gcc libc6-dev make pkg-config lowdown libcjson-dev libssl-dev libcurl4-openssl-dev libarchive-dev libvirt-dev libxml2-dev
DEPS_RUN   := qemu-system-x86 qemu-utils openssh-client
DEPS_DEMO  := busybox|busybox-static curl
DEPS_TEST  := libvirt-daemon-system libvirt-clients tini dnsmasq-base iptables openssh-server rsync sshfs zsh fish tcsh emacs-nox ovmf shellcheck clang-tidy clang-format clang libclang-rt-dev valgrind procps iproute2 util-linux e2fsprogs jq squashfs-tools xorriso xz-utils libcmocka-dev bats openssl python3
DEPS_IMAGE := $(shell sed -E '/^\#/d;s/^[^ ]+ +//' guest/image/host-packages.txt | tr ' ' '\n' | sort -u)
FOR_DEMO := $(sort $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_IMAGE) $(DEPS_DEMO))
FOR_ALL  := $(sort $(FOR_DEMO) $(DEPS_TEST))
deps: ## install what building, running and testing need (apt, root or sudo)
	@tests/deps.sh $(foreach p,$(FOR_ALL),'$(p)')

deps-demo: ## install what the demo needs: to build the program and the image, and to run machines
	@tests/deps.sh $(foreach p,$(FOR_DEMO),'$(p)')

deps-list: ## name the packages: of the demo, and those that only tests need
	@echo "demo: $(FOR_DEMO)"; echo "more: $(filter-out $(FOR_DEMO),$(FOR_ALL))"

clean: ## remove what was built (the downloaded packages stay in build/cache)
	$(Q)for d in build/*; do [ "$$d" = build/cache ] || rm -rf "$$d"; done

include guest/guest.mk
include packaging/install.mk
include packaging/deb.mk

-include $(OBJ:.o=.d) $(UNITBIN:=.d)
