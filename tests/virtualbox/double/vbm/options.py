# SPDX-License-Identifier: Apache-2.0
"""The words of a command line, as VirtualBox's RTGetOpt takes them: --key value, --key=value, plain words between."""
from . import out


def parse(words, known, command, gap=True, word="Unknown", status=2):
    """Yields (option, value) and (None, plain word). known: option -> number of values, 0 or 1."""
    i = 0
    while i < len(words):
        w = words[i]
        i += 1
        if not w.startswith("-") or w == "-":
            yield None, w
            continue
        key, eq, value = w.partition("=")
        if key not in known:
            out.usage(command, "%s option: %s" % (word, w if not eq else key), status=status, gap=gap)
        if known[key] == 0:
            yield key, None
            continue
        if not eq:
            if i == len(words):
                text = "Missing argument to '%s'" if word == "unknown" else "Missing value for option: %s"
                out.usage(command, text % key, status=status, gap=gap)
            value = words[i]
            i += 1
        yield key, value
