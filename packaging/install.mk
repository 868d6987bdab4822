# install, uninstall and what they need besides the program. Included by the top Makefile.

MAN := $(patsubst docs/commands/%.md,$(BUILD)/man/machine-%.1,$(filter-out docs/commands/machine.md,$(wildcard docs/commands/*.md))) $(BUILD)/man/machine.1
$(BUILD)/man/machine.1: docs/commands/machine.md
	@mkdir -p $(@D)
	$(Q)lowdown -s -Tman -M title=machine -M section=1 -M source='machine $(VERSION)' -o $@ $<
$(BUILD)/man/machine-%.1: docs/commands/%.md
	@mkdir -p $(@D)
	$(Q)lowdown -s -Tman -M title=machine-$* -M section=1 -M source='machine $(VERSION)' -o $@ $<

.PHONY: completions client installable
man: $(MAN) ## make the manual pages (lowdown)

SHELLS := bash zsh fish
ZSH_FUNCTIONS ?= share/zsh/site-functions
COMPLETION_bash := share/bash-completion/completions/machine
COMPLETION_zsh := $(ZSH_FUNCTIONS)/_machine
COMPLETION_fish := share/fish/vendor_completions.d/machine.fish
completions: $(SHELLS:%=$(BUILD)/completions/%)
$(BUILD)/completions/%: $(BUILD)/machine
	@mkdir -p $(@D)
	$(Q)$(BUILD)/machine completion $* >$@.new && mv $@.new $@

# The Docker client of the image's suite, out of its package, which apt holds against signed lists.
CLIENT_FILE := build/docker-client/$(SUITE)/docker-cli/usr/bin/docker
client:
	$(Q)OWN_CLIENT=1 SUITE=$(SUITE) tests/docker-client.sh >/dev/null

installable: all man completions $(if $(CLIENT),client)

# What is built belongs to whoever owns the build: `sudo make install` builds as that user and writes only to DESTDIR.
# An owner without a name here (a folder of another host's, seen from a container) has the folder's group and no others.
OWNER := $$(stat -c '%u %g' $$([ -d $(BUILD) ] && echo $(BUILD) || echo .))
AS_OWNER := as=; set -- $(OWNER); if [ "$$(id -u)" != 0 ] || [ "$$1" = 0 ]; then :; \
	elif g=$$(id -g "$$1" 2>/dev/null); then as="setpriv --reuid=$$1 --regid=$$g --init-groups"; \
	else as="setpriv --reuid=$$1 --regid=$$2 --clear-groups"; fi

# Not every shell reads the tilde of PREFIX=~/here, and none does in quotes.
at-home = $(if $(filter ~/%,$(1)),$(patsubst ~/%,$(HOME)/%,$(1)),$(1))
INTO := $(call at-home,$(DESTDIR))
BELOW := $(call at-home,$(PREFIX))
TO := $(INTO)$(BELOW)
install: ## install below DESTDIR and PREFIX, the image too where it was built. DROP_IN=1: docker-machine's name; CLIENT=1: a Docker client
	@$(AS_OWNER); $$as $(MAKE) --no-print-directory BUILD='$(BUILD)' CLIENT='$(CLIENT)' installable
	install -D -m 755 $(BUILD)/machine '$(TO)/bin/machine'
	install -d '$(TO)/share/man/man1' && install -m 644 $(MAN) '$(TO)/share/man/man1/'
	$(Q)$(foreach s,$(SHELLS),install -D -m 644 $(BUILD)/completions/$(s) '$(TO)/$(COMPLETION_$(s))' &&) true
	$(Q)[ -z '$(DROP_IN)' ] || { ln -sfn machine '$(TO)/bin/docker-machine' && \
		ln -sfn machine '$(TO)/share/bash-completion/completions/docker-machine'; }
	@if [ -f build/image/SHA256SUMS ] && [ -z '$(NO_IMAGE)' ]; then \
		install -d '$(TO)/share/machine/image' && install -m 644 build/image/* '$(TO)/share/machine/image/'; fi
	@[ -z '$(CLIENT)' ] || packaging/client.sh install '$(CLIENT_FILE)' '$(INTO)' '$(BELOW)'

uninstall: ## remove what install put there
	rm -f '$(TO)/bin/machine' '$(TO)/share/man/man1/machine.1' '$(TO)/share/man/man1'/machine-*.1
	rm -f $(foreach s,$(SHELLS),'$(TO)/$(COMPLETION_$(s))')
	$(Q)for l in bin share/bash-completion/completions; do [ "$$(readlink '$(TO)'/$$l/docker-machine)" != machine ] || \
		rm -f '$(TO)'/$$l/docker-machine; done
	$(Q)packaging/client.sh uninstall '' '$(INTO)' '$(BELOW)'
	rm -rf '$(TO)/share/machine'
