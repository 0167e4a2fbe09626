#!/usr/bin/env python3
"""Sums what the test programs of one ctest run counted: prints "N passed, M failed", fails unless all passed.

The argument is ctest's LastTest.log. A program that ends without a count (a crash, a time-out, not built) is
one failure.
"""
import pathlib
import re
import sys


def sum_counts(log):
    """(passed, failed) of the text of a LastTest.log."""
    passed = failed = 0
    for section in re.split(r"^\d+/\d+ Testing: ", log, flags=re.M)[1:]:
        counts = re.findall(r"^count: (\d+) passed, (\d+) failed$", section, flags=re.M)
        test_passed = re.search(r"^Test Passed\.$", section, flags=re.M) is not None
        # Not even "Test Passed." stands for a count: ctest writes it of a program that was not built, too.
        own_passed, own_failed = map(int, counts[-1]) if counts else (0, 1)
        passed += own_passed
        failed += own_failed if test_passed else max(own_failed, 1)
    return passed, failed


def main():
    log = pathlib.Path(sys.argv[1])
    passed, failed = sum_counts(log.read_text(errors="replace")) if log.exists() else (0, 0)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
