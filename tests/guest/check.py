# SPDX-License-Identifier: Apache-2.0
"""A harness of a few lines: functions named test_*, one line for each, a count at the end."""
import sys
import time
import traceback


class Skip(Exception):
    pass


def until(predicate, seconds=5.0, what="a condition"):
    """Wait for something in another process; the deadline is for the broken case only."""
    end = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > end:
            raise AssertionError("waited %gs for %s" % (seconds, what))
        time.sleep(0.01)


def main(module):
    counts = {"ok": 0, "not ok": 0, "skip": 0}
    wanted = sys.argv[1:]
    for name, test in list(vars(module).items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        begun = time.monotonic()
        try:
            test()
            result = "ok"
        except Skip as why:
            result = "skip"
            name += " # " + str(why)
        except Exception:
            traceback.print_exc()
            result = "not ok"
        counts[result] += 1
        print("%s %s (%.2fs)" % (result, name, time.monotonic() - begun), flush=True)
    print("%d passed, %d failed, %d skipped" % (counts["ok"], counts["not ok"], counts["skip"]))
    sys.stdout.flush()
    return 1 if counts["not ok"] else 0
