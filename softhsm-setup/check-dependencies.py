#!/usr/bin/env python3
"""Checks the crates that keyrite is built from: licences, sources, duplicates, known advisories.

usage: check-dependencies.py [--help]

Reads `cargo metadata --locked --offline` and advisories.toml, and prints every problem it finds:
  - a licence that is not among the allowed ones
  - a crate from anywhere but the one public registry that Cargo.lock names for all of them
  - two versions of a crate whose types must be one (der, spki, x509-cert, const-oid)
  - a crate with a known flaw that advisories.toml does not excuse, or an excuse that excuses nothing
With cargo-deny or cargo-audit and their advisory database on the machine it asks these as well.
Exit status: 0 all is well, 1 problems, 2 the check could not be made.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

TOP = pathlib.Path(__file__).resolve().parent.parent
ALLOWED = {"Apache-2.0", "MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Unicode-3.0", "Zlib"}
ONE_VERSION = ("der", "spki", "x509-cert", "const-oid")


def licence_is_allowed(expression):
    """Whether an SPDX expression can be met with allowed licences only (`/` is Cargo's old spelling of OR)."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        met = conjunction()
        while words and words[0] == "OR":
            words.pop(0)
            met = conjunction() or met
        return met

    def conjunction():
        met = single()
        while words and words[0] == "AND":
            words.pop(0)
            met = single() and met
        return met

    def single():
        word = words.pop(0)
        if word == "(":
            met = alternatives()
            words.pop(0)
            return met
        if words and words[0] == "WITH":
            words.pop(0)
            word = f"{word} WITH {words.pop(0)}"
        return word in ALLOWED

    return alternatives()


def version_key(version):
    """A version for comparison; pre-releases and build metadata do not matter for `fixed`."""
    return tuple(int(part) for part in re.split(r"[-+]", version)[0].split("."))


def metadata():
    """The resolved packages of the lock file."""
    command = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
    run = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    if run.returncode != 0:
        print(run.stderr, end="", file=sys.stderr)
        print("hint: run `cargo fetch --locked` once while the network is there", file=sys.stderr)
        sys.exit(2)
    return json.loads(run.stdout)["packages"]


def problems_of(packages, advisories):
    """Every problem, as one line each."""
    versions = {}
    sources = {}
    for package in packages:
        name, version, source = package["name"], package["version"], package["source"]
        versions.setdefault(name, set()).add(version)
        licence = package.get("license")
        if source is not None:
            sources.setdefault(source, f"{name} {version}")
        if licence is None or not licence_is_allowed(licence):
            yield f"{name} {version} has the licence {licence!r}, which is not allowed"
    for source, example in sources.items():
        if not source.startswith("registry+") or len(sources) > 1:
            yield f"{example} comes from {source}, and all crates must come from one registry"
    for name in ONE_VERSION:
        if len(versions.get(name, ())) != 1:
            yield f"{name} must be there in exactly one version, found {sorted(versions.get(name, ()))}"
    for advisory in advisories:
        hit = [
            version
            for version in sorted(versions.get(advisory["crate"], ()))
            if "fixed" not in advisory or version_key(version) < version_key(advisory["fixed"])
        ]
        if hit and "excuse" not in advisory:
            wanted = f"wanted {advisory['fixed']} or later" if "fixed" in advisory else "it must not be used"
            yield f"{advisory['crate']} {', '.join(hit)}: {advisory['id']}, {advisory['title']}; {wanted}"
        if not hit and "excuse" in advisory:
            yield f"{advisory['id']} is excused for {advisory['crate']}, but no such version is in the lock file"


def ask_other_tools():
    """The advisory tools that are there, each with its name and exit status."""
    if shutil.which("cargo-deny"):
        yield "cargo deny", ["cargo", "deny", "--offline", "check"]
    elif shutil.which("cargo-audit") and (pathlib.Path.home() / ".cargo/advisory-db").is_dir():
        yield "cargo audit", ["cargo", "audit", "--no-fetch", "--ignore", "RUSTSEC-2023-0071"]


def main():
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(__doc__)
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    packages = metadata()
    with open(TOP / "softhsm-setup" / "advisories.toml", "rb") as file:
        advisories = tomllib.load(file)["advisory"]
    problems = list(problems_of(packages, advisories))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    for name, command in ask_other_tools():
        if subprocess.run(command, cwd=TOP).returncode != 0:
            problems.append(name)
            print(f"error: {name} found problems", file=sys.stderr)
    if not problems:
        excused = [advisory["id"] for advisory in advisories if "excuse" in advisory]
        print(f"{len(packages)} packages: licences, sources and versions as wanted; excused: {', '.join(excused)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
