# The guest's three static programs. Included by the top Makefile; alone: make -f guest/guest.mk
# They are compiled and linked by the tools of the image's suite (guest/image/tools.sh), into build/guest/. What the tests on this
# host want is compiled by its own compiler: GUEST_HOST=1 into build/guest-host/, SAN=address,undefined into build/guest-san/;
# these are not static.

CACHE ?= build/cache
SUITE ?= trixie
GUEST_HOST ?=
comma := ,
GUEST_OWN := $(SAN)$(GUEST_HOST)
GUEST_BUILD := build/guest$(if $(SAN),-san,$(if $(GUEST_HOST),-host))
GUEST_TOOLS := $(CACHE)/tools/$(SUITE)
GUEST_CC = $(if $(GUEST_OWN),$(if $(CC:cc=),$(CC),gcc),$(GUEST_TOOLS)/bin/gcc)
GUEST_CJSON := $(CACHE)/src/$(SUITE)/cjson

GUEST_WARN := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wwrite-strings -Wundef -Wimplicit-fallthrough -Wno-missing-field-initializers $(if $(WERROR),-Werror)
GUEST_FLAGS := -std=gnu11 -O2 -g -fPIE -fstack-protector-strong -fcf-protection $(if $(findstring clang,$(GUEST_CC)),,-ftrivial-auto-var-init=zero) \
        -ffunction-sections -fdata-sections -D_GNU_SOURCE -Iguest -isystem $(GUEST_CJSON) -ffile-prefix-map=$(GUEST_CJSON)=cjson \
        $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
GUEST_LINK := -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack \
        $(if $(SAN),-pie -fsanitize=$(SAN) -fno-sanitize-recover=all,$(if $(GUEST_HOST),-pie,-static-pie -Wl,--strip-debug))

guest_objects = $(patsubst guest/%.c,$(GUEST_BUILD)/obj/%.o,$(sort $(wildcard guest/$(1)/*.c)))
GUEST_LIB_OBJ := $(call guest_objects,lib) $(GUEST_BUILD)/obj/cJSON.o
GUEST_INIT_OBJ := $(call guest_objects,init)
GUEST_AGENT_OBJ := $(call guest_objects,agent)
GUEST_GATE_OBJ := $(call guest_objects,gate)
GUEST_PROGRAMS := $(addprefix $(GUEST_BUILD)/,init agent gate)

# Each test holds what it needs of the programs, but for their main().
GUEST_TEST_OBJ := $(filter-out %/main.o,$(GUEST_INIT_OBJ) $(GUEST_AGENT_OBJ))
GUEST_TESTS := $(patsubst tests/guest/%.c,$(GUEST_BUILD)/tests/%,$(sort $(wildcard tests/guest/test_*.c)))

.PHONY: guest guest-tests guest-clean FORCE
guest: $(GUEST_PROGRAMS) ## build the guest's init, agent and gate
guest-tests: $(GUEST_TESTS)
guest-clean:
	rm -rf build/guest build/guest-host build/guest-san

$(GUEST_BUILD)/init: $(GUEST_INIT_OBJ) $(GUEST_LIB_OBJ)
$(GUEST_BUILD)/agent: $(GUEST_AGENT_OBJ) $(GUEST_LIB_OBJ)
$(GUEST_BUILD)/gate: $(GUEST_GATE_OBJ) $(GUEST_LIB_OBJ)
# OpenSSL itself knows what its static libraries want. The map says what was linked; the image's manifest is made from it.
$(GUEST_BUILD)/gate: GUEST_LIBS := $(if $(GUEST_OWN),-lssl -lcrypto,$$($(GUEST_TOOLS)/bin/pkgconf --static --libs libssl))
# Whoever makes a static program with OpenSSL or getaddrinfo in it is warned of that each time; other warnings stay.
$(GUEST_PROGRAMS):
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(GUEST_CC) -pthread $(GUEST_LINK) $(if $(GUEST_OWN),,-Wl$(comma)-Map$(comma)$@.map) -o $@ $(filter %.o,$^) $(GUEST_LIBS) >$@.log 2>&1 || { cat $@.log >&2; exit 1; }
	@grep -v -e ': in function ' -e 'in statically linked applications requires at runtime' -e 'take linker garbage collection into account' $@.log >&2; rm -f $@.log

# Other tools or another cJSON: everything is compiled anew.
$(GUEST_BUILD)/prepared: FORCE
	@CACHE=$(CACHE) SUITE=$(SUITE) guest/image/prepare.sh $@

GUEST_READY := $(if $(GUEST_OWN),$(GUEST_CJSON)/cJSON.c,$(GUEST_BUILD)/prepared)
$(GUEST_BUILD)/obj/%.o: guest/%.c $(GUEST_READY)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(GUEST_CC) $(GUEST_FLAGS) $(GUEST_WARN) -MMD -MP -c -o $@ $<

$(GUEST_BUILD)/obj/cJSON.o: $(GUEST_READY)
	@mkdir -p $(@D)
	@echo "  CC    $(GUEST_CJSON)/cJSON.c"
	@$(GUEST_CC) $(GUEST_FLAGS) -DCJSON_NESTING_LIMIT=64 -MMD -MP -c -o $@ $(GUEST_CJSON)/cJSON.c

# Debian has no static libcjson; its source package is fetched, checked, by the image's recipe.
ifneq ($(GUEST_OWN),)
$(GUEST_CJSON)/cJSON.c:
	@CACHE=$(CACHE) SUITE=$(SUITE) guest/image/prepare.sh
endif

$(GUEST_BUILD)/tests/%: tests/guest/%.c $(GUEST_TEST_OBJ) $(GUEST_LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	@$(GUEST_CC) $(GUEST_FLAGS) $(GUEST_WARN) -MMD -MP -pthread $(if $(SAN),-fsanitize=$(SAN)) -o $@ $^ -lcmocka

-include $(wildcard $(GUEST_BUILD)/obj/*.d $(GUEST_BUILD)/obj/*/*.d $(GUEST_BUILD)/tests/*.d)
