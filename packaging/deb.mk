# Debian packages of what stands. Included by the top Makefile.

# Sorts by time before the release that VERSION names.
DEB_TIME := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
DEB_VERSION ?= $(VERSION)~git$(shell date -u -d @$(DEB_TIME) +%Y%m%d%H%M%S).$(COMMIT)
DEB_OUT ?= build/deb
# Without Debian's image package: quick, for who only changes the program.
DEB_PACKAGES ?= machine machine-image machine-docker-machine

.PHONY: deb check-deb
deb: $(if $(findstring machine-image,$(DEB_PACKAGES)),image) ## build the Debian packages machine, machine-image and machine-docker-machine
	$(Q)SOURCE_DATE_EPOCH=$(DEB_TIME) packaging/deb.sh '$(DEB_VERSION)' '$(DEB_OUT)' $(DEB_PACKAGES)

check-deb: deb ## lintian, a second build; install, use, upgrade, remove and purge the packages in bare trees of Debian 12 and 13 (root)
	$(Q)tests/deb/run.sh
