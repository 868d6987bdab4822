/* SPDX-License-Identifier: Apache-2.0 */
#include "init/places.h"

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

static bool places_copy(const char *from, const char *to, mode_t mode)
{
	size_t len = 0;
	char *text = file_read(from, GUEST_LINE_MAX, &len);
	bool ok =
		text && ((places_same(to, text, len) && chmod(to, mode) == 0) || file_write(to, text, len, mode) == 0);

	if (text)
		explicit_bzero(text, len);
	free(text);
	return ok;
}

bool places_keep(void)
{
	static const struct {
		const char *from, *to;
		mode_t mode;
	} files[] = {
		{ GUEST_IDENTITY_DIR "/" GUEST_FILE_CA, PLACES_DIR "/ca.pem", 0644 },
		{ GUEST_IDENTITY_DIR "/" GUEST_FILE_CERT, PLACES_DIR "/server.pem", 0644 },
		{ GUEST_IDENTITY_DIR "/" GUEST_FILE_KEY, PLACES_DIR "/server-key.pem", 0600 },
	};
	bool ok = true;

	if (!identity_has_tls())
		return true;
	for (size_t i = 0; ok && i < sizeof(files) / sizeof(files[0]); i++)
		ok = places_copy(files[i].from, files[i].to, files[i].mode);
	if (ok && access(PROFILE_FILE, F_OK) != 0)
		ok = file_write(PROFILE_FILE, places_profile, strlen(places_profile), 0644) == 0;
	if (ok)
		return true;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i].to);
	event_warning("the certificates cannot be kept in " PLACES_DIR);
	return false;
}
