/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/version_text.h"

const char version_text[] = MACHINE_VERSION;
const char version_commit[] = MACHINE_COMMIT;
