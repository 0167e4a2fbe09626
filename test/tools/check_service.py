#!/usr/bin/env python3
"""Fails where etc/clustermanager.service lets the service do more than a host of plugins needs.

Where systemd-analyze is there it is asked too: its exposure must not exceed EXPOSURE, in tenths."""
import pathlib
import shutil
import subprocess
import sys

from report import report

EXPOSURE = 20

REQUIRED = {
    "CapabilityBoundingSet": "",
    "LockPersonality": "true",
    "MemoryDenyWriteExecute": "true",
    "NoNewPrivileges": "true",
    "PrivateDevices": "true",
    "PrivateTmp": "true",
    "ProtectClock": "true",
    "ProtectControlGroups": "true",
    "ProtectHome": "true",
    "ProtectHostname": "true",
    "ProtectKernelLogs": "true",
    "ProtectKernelModules": "true",
    "ProtectKernelTunables": "true",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces": "true",
    "RestrictSUIDSGID": "true",
    "RuntimeDirectoryMode": "0700",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
}


def settings_of(unit):
    """{name: values} of [Service] in a unit's text. Of some settings a second one adds to the first."""
    settings, section, continued = {}, "", ""
    for line in unit.splitlines():
        line = continued + line.strip()
        continued = line[:-1] if line.endswith("\\") else ""
        if continued or not line or line.startswith(("#", ";")):
            continue
        if line.startswith("["):
            section = line
        elif section == "[Service]":
            name, _, value = line.partition("=")
            settings.setdefault(name.strip(), []).append(value.strip())
    return settings


def problems_of(unit):
    settings = settings_of(unit)
    problems = [
        f"{name}={' and '.join(settings.get(name, ['(not there)']))}, wanted is {name}={value}"
        for name, value in REQUIRED.items()
        if settings.get(name) != [value]
    ]
    if any(settings.get("AmbientCapabilities", [])):
        problems.append("AmbientCapabilities=: the service has rights of root")
    if settings.get("User", ["root"])[-1] in ("", "root", "0"):
        problems.append("User=: the service runs as root")
    return problems


def exposure_problems(file):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return []
    asked = subprocess.run(
        [analyze, "security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE}", str(file)],
        capture_output=True, text=True, check=False)
    known = "Overall exposure level" in asked.stdout  # an older one cannot look at a file
    return [asked.stdout.strip().splitlines()[-1]] if known and asked.returncode != 0 else []


def check(root):
    """{path: problems} of the unit."""
    path = "etc/clustermanager.service"
    return {path: problems_of((root / path).read_text()) + exposure_problems(root / path)}


if __name__ == "__main__":
    sys.exit(report(check(pathlib.Path(__file__).resolve().parents[2])))
