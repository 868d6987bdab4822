/* SPDX-License-Identifier: Apache-2.0 */
#include "init/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"
#include "init/event.h"
#include "init/identity.h"
#include "init/profile.h"
#include "lib/file.h"

static const char places_profile[] = "EXTRA_ARGS='\n'\n"
				     "CACERT=" PLACES_DIR "/ca.pem\n"
				     "DOCKER_HOST='-H tcp://0.0.0.0:2376'\n"
				     "DOCKER_STORAGE=overlay2\n"
				     "DOCKER_TLS=auto\n"
				     "SERVERKEY=" PLACES_DIR "/server-key.pem\n"
				     "SERVERCERT=" PLACES_DIR "/server.pem\n";

static bool places_same(const char *path, const char *text, size_t len)
{
	size_t have_len = 0;
	char *have = file_read(path, GUEST_LINE_MAX, &have_len);
	bool same = have && have_len == len && memcmp(have, text, len) == 0;

	if (have)
		explicit_bzero(have, have_len);
	free(have);
	return same;
}

/* boot2docker has the identity's names without their folder. */
static void places_path(const struct guest_file_facts *f, char *path, size_t size)
{
	const char *slash = strrchr(f->name, '/');

	snprintf(path, size, PLACES_DIR "/%s", slash ? slash + 1 : f->name);
}

static bool places_copy(const struct guest_file_facts *f)
{
	char from[128], to[128];
	mode_t mode = f->secret ? 0600 : 0644;
	size_t len = 0;
	char *text;
	bool ok;

	snprintf(from, sizeof(from), GUEST_IDENTITY_DIR "/%s", f->name);
	places_path(f, to, sizeof(to));
	text = file_read(from, GUEST_LINE_MAX, &len);
	ok = text && ((places_same(to, text, len) && chmod(to, mode) == 0) || file_write(to, text, len, mode) == 0);

	if (text)
		explicit_bzero(text, len);
	free(text);
	return ok;
}

bool places_keep(void)
{
	char path[128];
	bool ok = true;

	if (!identity_has_tls())
		return true;
	for (enum guest_file i = 0; ok && i < GUEST_FILES; i++)
		ok = guest_file(i)->kind != GUEST_CERTIFICATE || places_copy(guest_file(i));
	if (ok && access(PROFILE_FILE, F_OK) != 0)
		ok = file_write(PROFILE_FILE, places_profile, strlen(places_profile), 0644) == 0;
	if (ok)
		return true;
	for (enum guest_file i = 0; i < GUEST_FILES; i++)
		if (guest_file(i)->kind == GUEST_CERTIFICATE) {
			places_path(guest_file(i), path, sizeof(path));
			unlink(path);
		}
	event_warning("the certificates cannot be kept in " PLACES_DIR);
	return false;
}
