# The guest's three static programs. Included by the top Makefile; alone: make -f guest/guest.mk
# SAN=address,undefined builds what the tests run into build/guest-san/, not static.

CACHE ?= build/cache
GUEST_BUILD := build/guest$(if $(SAN),-san)
GUEST_CC ?= $(if $(CC:cc=),$(CC),gcc)
GUEST_CJSON := $(CACHE)/src/cjson

GUEST_WARN := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wwrite-strings -Wundef -Wimplicit-fallthrough -Wno-missing-field-initializers $(if $(WERROR),-Werror)
GUEST_FLAGS := -std=gnu11 -O2 -g -fPIE -fstack-protector-strong -fcf-protection $(if $(findstring clang,$(GUEST_CC)),,-ftrivial-auto-var-init=zero) \
        -ffunction-sections -fdata-sections -D_GNU_SOURCE -Iguest -isystem $(GUEST_CJSON) \
        $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
GUEST_LINK := -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack \
        $(if $(SAN),-pie -fsanitize=$(SAN) -fno-sanitize-recover=all,-static-pie -Wl,--strip-debug)

guest_objects = $(patsubst guest/%.c,$(GUEST_BUILD)/obj/%.o,$(sort $(wildcard guest/$(1)/*.c)))
GUEST_LIB_OBJ := $(call guest_objects,lib) $(GUEST_BUILD)/obj/cJSON.o
GUEST_INIT_OBJ := $(call guest_objects,init)
GUEST_AGENT_OBJ := $(call guest_objects,agent)
GUEST_GATE_OBJ := $(call guest_objects,gate)
GUEST_PROGRAMS := $(addprefix $(GUEST_BUILD)/,init agent gate)

# Each test holds what it needs of the programs, but for their main().
GUEST_TEST_OBJ := $(filter-out %/main.o,$(GUEST_INIT_OBJ) $(GUEST_AGENT_OBJ))
GUEST_TESTS := $(patsubst tests/guest/%.c,$(GUEST_BUILD)/tests/%,$(sort $(wildcard tests/guest/test_*.c)))

.PHONY: guest guest-tests guest-clean
guest: $(GUEST_PROGRAMS) ## build the guest's init, agent and gate
guest-tests: $(GUEST_PROGRAMS) $(GUEST_TESTS)
guest-clean:
	rm -rf build/guest build/guest-san

$(GUEST_BUILD)/init: $(GUEST_INIT_OBJ) $(GUEST_LIB_OBJ)
$(GUEST_BUILD)/agent: $(GUEST_AGENT_OBJ) $(GUEST_LIB_OBJ)
$(GUEST_BUILD)/gate: $(GUEST_GATE_OBJ) $(GUEST_LIB_OBJ)
$(GUEST_BUILD)/gate: GUEST_LIBS := -lssl -lcrypto
$(GUEST_PROGRAMS):
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(GUEST_CC) -pthread $(GUEST_LINK) -o $@ $^ $(GUEST_LIBS)

$(GUEST_BUILD)/obj/%.o: guest/%.c | $(GUEST_CJSON)/cJSON.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(GUEST_CC) $(GUEST_FLAGS) $(GUEST_WARN) -MMD -MP -c -o $@ $<

$(GUEST_BUILD)/obj/cJSON.o: $(GUEST_CJSON)/cJSON.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(GUEST_CC) $(GUEST_FLAGS) -DCJSON_NESTING_LIMIT=64 -MMD -MP -c -o $@ $<

# Debian has no static libcjson; its source package is fetched, checked, by the image's recipe.
$(GUEST_CJSON)/cJSON.c:
	CACHE=$(CACHE) guest/image/sources.sh

$(GUEST_BUILD)/tests/%: tests/guest/%.c $(GUEST_TEST_OBJ) $(GUEST_LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	@$(GUEST_CC) $(GUEST_FLAGS) $(GUEST_WARN) -MMD -MP -pthread $(if $(SAN),-fsanitize=$(SAN)) -o $@ $^ -lcmocka

-include $(wildcard $(GUEST_BUILD)/obj/*.d $(GUEST_BUILD)/obj/*/*.d $(GUEST_BUILD)/tests/*.d)
