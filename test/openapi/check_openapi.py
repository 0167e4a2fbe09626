#!/usr/bin/env python3
"""Goal: etc/openapi.yaml describes what the host does, and nothing else.
Method: a host with tokens on a port of its own, asked for every route it names and every route the file names: the same
routes and methods, what each answers, every error that the file promises, and each role on each route.

To add a route: write it into etc/openapi.yaml, with an example for each parameter in its path and with the role it needs
(x-role: read or operate; security: [] where it needs no token). This test says what is missing.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import yaml

PATIENCE = 60  # seconds, for what must come
METHODS = ("get", "post")


class Host:
    """A running host with one token for each role."""

    def __init__(self, program, plugin, folder):
        self.tokens = {}
        lines = []
        for role in ("read", "operate"):
            made = subprocess.run([program, "--hash-token", "tester-" + role, role], check=True, text=True,
                                  capture_output=True)
            lines.append(made.stdout)
            self.tokens[role] = made.stderr.split()[-1]
        tokens = folder / "tokens"
        tokens.write_text("".join(lines))
        tokens.chmod(0o600)
        copy = folder / "hello.so"
        shutil.copy(plugin, copy)
        copy.chmod(0o755)
        (folder / "log").mkdir()
        (folder / "log" / "hello-1.log").write_text("a line to ask for\n")
        self.output = folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [program, "-D", "cluster.webServerPort=0", "-D", f"cluster.webServerTokensFile={tokens}",
                 "-D", "plugin.hello.count=2", "-D", "listen.http=127.0.0.1:0", "-D", "cluster.controlSocket=run/s.sock",
                 str(copy)], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        found = self.wait(lambda: re.search(r"http://([0-9.]+):(\d+)/", self.output.read_text()))
        self.address, self.port = found[1], int(found[2])
        self.wait(lambda: self.ask("get", "/readyz")["status"] == 200)
        # There is a crash report to ask for.
        first = json.loads(self.ask("get", "/children/1", "read")["body"])
        os.kill(first["pid"], signal.SIGSEGV)
        self.wait(lambda: self.ask("get", "/crashes/hello-1-1", "read")["status"] == 200)
        self.wait(lambda: self.ask("get", "/readyz?verbose", "read")["status"] == 200)

    def wait(self, holds):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            result = holds()
            if result:
                return result
            time.sleep(0.02)
        raise SystemExit("the host did not come up:\n" + self.output.read_text())

    def ask(self, method, target, role=None, token=None, host=None):
        """{status, type, headers, body}. The body of a stream is not read."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=PATIENCE)
        headers = {"Host": host or f"{self.address}:{self.port}", "Connection": "close"}
        token = token or self.tokens.get(role)
        if token:
            headers["Authorization"] = "Bearer " + token
        connection.request(method.upper(), target, headers=headers)
        answer = connection.getresponse()
        kind = (answer.getheader("Content-Type") or "").split(";")[0]
        body = "" if kind == "text/event-stream" else answer.read().decode()
        connection.close()
        return {"status": answer.status, "type": kind, "headers": answer.headers, "body": body}

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        if code != 0:  # a sanitizer's report is such an end
            raise SystemExit(f"the host ended with {code}:\n" + self.output.read_text())


class Check:
    def __init__(self, spec, host):
        self.spec, self.host = spec, host
        self.passed, self.problems = 0, []

    def require(self, holds, problem):
        if holds:
            self.passed += 1
        else:
            self.problems.append(problem)

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.spec
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    # --- what is in the file ---

    def operations(self):
        """(path, method, operation) in the order of the file."""
        for path, item in self.spec["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def target(self, path, operation, wrong=False, query=""):
        """The path with the examples of its parameters, or with values that nothing has."""
        for parameter in map(self.resolve, operation.get("parameters", [])):
            if parameter["in"] == "path":
                value = "987654" if wrong else str(parameter["example"])
                path = path.replace("{" + parameter["name"] + "}", value)
        return path + query

    def role(self, operation):
        return None if operation.get("security") == [] else operation["x-role"]

    # --- the checks ---

    def same_routes(self):
        answer = self.host.ask("get", "/no-such-route", "read")
        named = re.search(r"the routes are (.*)\.", json.loads(answer["body"])["detail"])[1].split(", ")
        running = {re.sub(r":(\w+)", r"{\1}", route) for route in named}
        written = set(self.spec["paths"])
        for route in sorted(running - written):
            self.require(False, f"{route}: the host has this route, etc/openapi.yaml does not")
        for route in sorted(written - running):
            self.require(False, f"{route}: etc/openapi.yaml has this route, the host does not")
        for route in sorted(written & running):
            self.require(True, "")

    def same_methods(self, path, item):
        first = next(item[method] for method in METHODS if method in item)
        written = {m.upper() for m in METHODS if m in item} | ({"HEAD"} if set(item) & set(METHODS) == {"get"} else set())
        for method in ("get", "post", "head"):
            if method.upper() in written:
                continue
            answer = self.host.ask(method, self.target(path, first), "operate")
            allowed = set((answer["headers"].get("Allow") or "").replace(" ", "").split(","))
            self.require(answer["status"] == 405, f"{method} {path}: should be 405, is {answer['status']}")
            self.require(allowed == written, f"{method} {path}: Allow is {sorted(allowed)}, the file has {sorted(written)}")

    def good_answer(self, path, method, operation):
        """An answer that is not documented, or not as it is documented, is a problem."""
        answer = self.host.ask(method, self.target(path, operation), "operate")
        self.documented(f"{method} {path}", operation, answer)
        if method == "get":
            self.require(answer["status"] < 300, f"{method} {path}: {answer['status']}: {answer['body'][:200]}")
        for parameter in map(self.resolve, operation.get("parameters", [])):
            query = {"wait": "?wait=30s", "verbose": "?verbose"}.get(parameter["name"])
            if query:
                answer = self.host.ask(method, self.target(path, operation, query=query), "operate")
                self.documented(f"{method} {path}{query}", operation, answer)

    def documented(self, what, operation, answer):
        response = self.resolve(operation["responses"].get(str(answer["status"])))
        if response is None:
            return self.require(False, f"{what}: answers {answer['status']}, which is not in the file: {answer['body'][:200]}")
        content = response.get("content", {})
        if answer["type"] not in content:
            return self.require(False, f"{what}: {answer['status']} has {answer['type']}, the file {list(content)}")
        if answer["type"].endswith("json"):
            self.matches(f"{what}: {answer['status']}", content[answer["type"]]["schema"], json.loads(answer["body"]))
        return self.require(True, "")

    def matches(self, where, schema, value):
        schema = self.resolve(schema)
        for part in schema.get("allOf", []):
            self.matches(where, part, value)
        if value is None:
            return self.require(schema.get("nullable", False) or "type" not in schema, f"{where} is null")
        types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "number": (int, float)}
        kind = schema.get("type")
        if kind and (not isinstance(value, types[kind]) or (kind == "integer" and isinstance(value, bool))):
            return self.require(False, f"{where} should be {kind}, is {value!r}")
        if "enum" in schema:
            self.require(value in schema["enum"], f"{where} is {value!r}, none of {schema['enum']}")
        for name in schema.get("required", []):
            self.require(name in value, f"{where} has no {name}")
        for name, part in schema.get("properties", {}).items():
            if name in value:
                self.matches(f"{where}.{name}", part, value[name])
        for i, element in enumerate(value if kind == "array" and "items" in schema else []):
            self.matches(f"{where}[{i}]", schema["items"], element)
        return None

    def errors(self, path, method, operation):
        """Each of these that is documented can be had, and each that can be had is documented."""
        role = self.role(operation)
        target = self.target(path, operation)
        named = "{" in path
        tries = {
            "400": lambda: self.host.ask(method, target + "?no-such-parameter=1", "operate"),
            "403": lambda: self.host.ask(method, target, "operate", host="evil.example"),
            "404": lambda: self.host.ask(method, self.target(path, operation, wrong=True), "operate"),
        }
        if role:
            tries["401"] = lambda: self.host.ask(method, target)
        for status, attempt in tries.items():
            written = status in operation["responses"]
            if status == "404" and not (named and written):
                self.require(not written, f"{method} {path}: has nothing in its path that could be unknown, but a 404")
                continue
            answer = attempt()
            self.require(written, f"{method} {path}: {status} is missing in the file")
            self.require(str(answer["status"]) == status, f"{method} {path}: should be {status}, is {answer['status']}")
            self.documented(f"{method} {path}", operation, answer)
        self.require("405" in operation["responses"], f"{method} {path}: 405 is missing in the file")
        if not role:
            self.require("401" not in operation["responses"], f"{method} {path}: needs no token, but has a 401")

    def roles(self, path, method, operation):
        """No token, a wrong one and each role, on each route: the state of the host must not change by those refused."""
        target, role = self.target(path, operation), self.role(operation)
        for token, name in ((None, "none"), ("0" * 64, "wrong")):
            answer = self.host.ask(method, target, token=token)
            self.require((answer["status"] == 401) == bool(role), f"{method} {path}: {name} token: {answer['status']}")
            challenge = answer["headers"].get("WWW-Authenticate", "")
            self.require(not role or challenge.startswith("Bearer "), f"{method} {path}: 401 without a challenge")
        answer = self.host.ask(method, target, "read")
        wanted = role == "operate"
        self.require((answer["status"] == 403) == wanted, f"{method} {path}: role read: {answer['status']}")

    def run(self):
        self.same_routes()
        for path, item in self.spec["paths"].items():
            self.same_methods(path, item)
        before = self.host.ask("get", "/children", "read")["body"]
        pids = [child["pid"] for child in json.loads(before)["children"]]
        for path, method, operation in self.operations():
            self.errors(path, method, operation)
            self.roles(path, method, operation)
        after = self.host.ask("get", "/children", "read")["body"]
        same = pids == [child["pid"] for child in json.loads(after)["children"]]
        self.require(same, "a request that was refused has changed something")
        self.host.ask("post", "/reload?wait=30s", "operate")  # so that there is an operation to look at
        for path, method, operation in self.operations():
            if method == "get" and self.role(operation) != "operate":
                self.good_answer(path, method, operation)
        # An upgrade comes last: while it goes on nothing else is taken.
        for path, method, operation in sorted(self.operations(), key=lambda one: one[0] == "/upgrade"):
            if self.role(operation) == "operate":
                self.good_answer(path, method, operation)


def main():
    program, plugin = (os.path.abspath(argument) for argument in sys.argv[1:3])
    root = pathlib.Path(__file__).resolve().parents[2]
    spec = yaml.safe_load((root / "etc/openapi.yaml").read_text())
    with tempfile.TemporaryDirectory(prefix="cm-openapi-") as name:
        host = Host(program, plugin, pathlib.Path(name))
        try:
            check = Check(spec, host)
            check.run()
        finally:
            host.end()
        secret = [t for t in host.tokens.values() if t in host.output.read_text()]
        check.require(not secret, "a token is in the host's log")
    print(*check.problems, sep="\n", end="\n" if check.problems else "")
    print(f"count: {check.passed} passed, {len(check.problems)} failed")
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
