/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what most users of it need. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/json_parse.h"
#include "base/json_print.h"
#include "base/json_tree.h"

#endif
