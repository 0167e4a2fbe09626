"""How the checks of the sources tell their result."""


def report(problems_by_file):
    """Prints every problem and the count of files, as the test programs do. The exit code: 0 where all is well."""
    failed = 0
    for problems in problems_by_file.values():
        print(*problems, sep="\n", end="\n" if problems else "")
        failed += 1 if problems else 0
    passed = len(problems_by_file) - failed
    print(f"count: {passed} passed, {failed} failed")
    return 0 if passed > 0 and failed == 0 else 1
