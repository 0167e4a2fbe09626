#!/usr/bin/env python3
"""Fails where a file includes, or says, what layers.conf does not allow in its folder."""
import pathlib
import re
import sys

from report import report

SUFFIXES = {".h", ".hpp", ".c", ".cpp"}
# A text or a character first, so that "//" within one starts no comment.
TOKEN = re.compile(r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\')|//[^\n]*|/\*.*?\*/', re.S)


def read_rules(text):
    """({path: allowed prefixes}, {path: banned expressions}) of a layers.conf."""
    allowed, banned = {}, {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        path, words = line.split(":", 1)
        if path.startswith("!"):
            banned.setdefault(path[1:].strip(), []).extend(words.split())
        else:
            allowed[path.strip()] = words.split()
    return allowed, banned


def without_comments(source):
    """The source with every comment replaced by as many line ends, so that line numbers stay."""
    return TOKEN.sub(lambda m: m[1] or "\n" * m[0].count("\n"), source)


def without_texts(line):
    return line if line.lstrip().startswith("#") else TOKEN.sub('""', line)


def is_within(path, folder):
    return path == folder or path.startswith(folder + "/")


def include_problem(included, folder, allowed, ours):
    """What is wrong with including this in that folder, or None."""
    if ".." in included.split("/"):
        return "an include must not leave its folder by .."
    if not included.startswith(ours) or included.startswith(tuple(allowed)):
        return None
    return f"{folder} must not include {included}"


def problems_in(path, source, allowed, banned):
    """All problems of one file, whose path is relative to the root."""
    folders = [folder for folder in allowed if is_within(path, folder)]
    if not folders:
        return [f"{path}: its folder has no line in layers.conf"]
    folder = max(folders, key=len)
    layers = {f.split("/")[1]: f for f in allowed if f.startswith("host/")}
    ours = tuple(f"{layer}/" for layer in layers if layers[layer] != folder) + ("clustermanager/", "Poco/", "prometheus/")
    expressions = [e for f, es in banned.items() if is_within(path, f) for e in es]

    problems = []
    for number, line in enumerate(without_comments(source).splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if include:
            problem = include_problem(include[1], folder, allowed[folder], ours)
            problems += [f"{path}:{number}: {problem}"] if problem else []
        code = without_texts(line)
        problems += [f"{path}:{number}: '{e}' is banned here" for e in expressions if re.search(e, code)]
    return problems


def check(root):
    """{path: problems} of every source file under root."""
    rules = read_rules((root / "test/tools/layers.conf").read_text())
    result = {}
    for top in ("host", "plugin_api", "plugins"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix in SUFFIXES:
                path = file.relative_to(root).as_posix()
                result[path] = problems_in(path, file.read_text(), *rules)
    return result


if __name__ == "__main__":
    sys.exit(report(check(pathlib.Path(__file__).resolve().parents[2])))
