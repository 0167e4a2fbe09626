#!/usr/bin/env python3
"""Fails where a file breaks a rule of the whole repository: too long, unfinished, a sleeping test, a tab."""
import pathlib
import re
import sys

from report import report

LONGEST_FILE = 400
LENGTH_RULED = ("host/", "plugin_api/", "plugins/")
CODE = {".h", ".hpp", ".c", ".cpp"}
SUFFIXES = CODE | {".cmake", ".txt", ".md", ".json", ".properties", ".ini", ".sh", ".html", ".css", ".js", ".mjs"}
FOLDERS = ("host", "plugin_api", "plugins", "test", "etc")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
SLEEP = re.compile(r"\b(u?sleep|nanosleep|clock_nanosleep|sleep_for|sleep_until|Thread::sleep)\s*\(")


def read_exceptions(text):
    """({file: lines allowed}, paths that may sleep) of a repository.conf."""
    long_files, sleepers = {}, set()
    for line in text.splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "long" and len(words) > 3:
            long_files[words[1]] = int(words[2])
        elif words[0] == "sleep" and len(words) > 2:
            sleepers.add(words[1])
        else:
            raise SystemExit(f"repository.conf: not understood or without a reason: {line}")
    return long_files, sleepers


def length_problems(path, lines, long_files):
    limit = long_files.get(path, LONGEST_FILE)
    if len(lines) > limit:
        return [f"{path}: {len(lines)} lines, {limit} are allowed: cut it in two by subject"]
    if path in long_files and len(lines) <= LONGEST_FILE:
        return [f"{path}: is no longer too long: remove it from repository.conf"]
    return []


def line_problems(path, lines, may_sleep):
    problems = []
    in_code = pathlib.PurePath(path).suffix in CODE
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if UNFINISHED.search(line):
            problems.append(f"{where}: unfinished work belongs in an issue, not in a file")
        if in_code and "\t" in line:
            problems.append(f"{where}: a tab; indent with spaces")
        if in_code and path.startswith("test/") and not may_sleep and SLEEP.search(line.split("//")[0]):
            problems.append(f"{where}: a test waits for an event with a deadline, it does not sleep")
    return problems


def files_of(root):
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and file.suffix in SUFFIXES and "corpus" not in file.parts:
                yield file
    yield from sorted(root.glob("*.md"))


def check(root):
    """{path: problems} of every file the rules are for."""
    long_files, sleepers = read_exceptions((root / "test/tools/repository.conf").read_text())
    result = {}
    for file in files_of(root):
        path = file.relative_to(root).as_posix()
        lines = file.read_text().splitlines()
        may_sleep = any(path.startswith(sleeper) for sleeper in sleepers)
        result[path] = line_problems(path, lines, may_sleep)
        if path.startswith(LENGTH_RULED):
            result[path] += length_problems(path, lines, long_files)
    gone = [f"repository.conf: {path} does not exist" for path in [*long_files, *sleepers]
            if not (root / path).exists()]
    return result | ({"repository.conf": gone} if gone else {})


if __name__ == "__main__":
    sys.exit(report(check(pathlib.Path(__file__).resolve().parents[2])))
