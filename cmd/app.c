/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/app.h"

#include "base/mem.h"

const struct opt app_opts[] = {
	{ "debug", "D", OPT_FLAG, NULL, NULL, "Enable debug mode" },
	{ "storage-path", "s", OPT_STRING, "MACHINE_STORAGE_PATH", NULL, "Configures storage path" },
	{ "tls-ca-cert", NULL, OPT_STRING, "MACHINE_TLS_CA_CERT", NULL, "CA to verify remotes against" },
	{ "tls-ca-key", NULL, OPT_STRING, "MACHINE_TLS_CA_KEY", NULL, "Private key to generate certificates" },
	{ "tls-client-cert", NULL, OPT_STRING, "MACHINE_TLS_CLIENT_CERT", NULL, "Client cert to use for TLS" },
	{ "tls-client-key", NULL, OPT_STRING, "MACHINE_TLS_CLIENT_KEY", NULL, "Private key used in client TLS auth" },
	{ "github-api-token", NULL, OPT_STRING, "MACHINE_GITHUB_API_TOKEN", NULL,
	  "Accepted for docker-machine's callers, without effect", true },
	{ "native-ssh", NULL, OPT_FLAG, "MACHINE_NATIVE_SSH", NULL,
	  "Accepted for docker-machine's callers, without effect", true },
	{ "bugsnag-api-token", NULL, OPT_STRING, "MACHINE_BUGSNAG_API_TOKEN", NULL,
	  "Accepted for docker-machine's callers, without effect", true },
	{ "json", NULL, OPT_FLAG, "MACHINE_JSON", NULL,
	  "Answers on stdout, progress and errors on stderr as lines of JSON" },
	{ "version", "v", OPT_FLAG, NULL, NULL, "print the version" },
	{ 0 }
};

bool app_is_docker_machine(const struct app *app)
{
	return str_eq(core_prog(&app->core), "docker-machine");
}
