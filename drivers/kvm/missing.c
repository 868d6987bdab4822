/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of this driver in a program that was built without libvirt's headers. */
#ifdef WITHOUT_LIBVIRT

#include "base/mem.h"
#include "base/package.h"
#include "drivers/kvm/kvm.h"

static struct err *missing(void)
{
	auto_free char *advice = package_advice("Install its headers", "libvirt-dev libxml2-dev");

	return err_hint(err_new(ERR_UNSUPPORTED, "this program was built without libvirt"),
			"%s. Then build it again: make", advice);
}

static struct err *missing_from_opts(const struct driver_env *env, const struct opts *opts, void **ret_self)
{
	(void)env, (void)opts, (void)ret_self;
	return missing();
}

static struct err *missing_from_record(const struct driver_env *env, const cJSON *driver, void **ret_self)
{
	(void)env, (void)driver, (void)ret_self;
	return missing();
}

/* Never called: there is no handle. */
static void missing_close(void *self)
{
	(void)self;
}

static struct err *missing_save(void *self, cJSON *into)
{
	(void)self, (void)into;
	return missing();
}

static struct err *missing_create(void *self, const struct driver_image *image, const char *seed)
{
	(void)self, (void)image, (void)seed;
	return missing();
}

static struct err *missing_remove(void *self)
{
	(void)self;
	return missing();
}

static struct err *missing_state(void *self, enum machine_state *ret)
{
	(void)self, (void)ret;
	return missing();
}

static struct err *missing_endpoint(void *self, struct driver_endpoint *ret)
{
	(void)self, (void)ret;
	return missing();
}

static const struct opt missing_opts[] = { { 0 } };

const struct driver_ops driver_kvm = {
	.name = "kvm",
	.summary = "Virtual machines through libvirt (not in this build)",
	.caps = DRIVER_NO_POWER | DRIVER_NO_SSH,
	.opts = missing_opts,
	.from_opts = missing_from_opts,
	.from_record = missing_from_record,
	.close = missing_close,
	.save = missing_save,
	.create = missing_create,
	.remove = missing_remove,
	.state = missing_state,
	.endpoint = missing_endpoint,
};

#endif
