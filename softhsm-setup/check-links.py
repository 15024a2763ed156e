#!/usr/bin/env python3
"""Checks that every relative link in the project's Markdown pages leads to a file or heading that is there.

usage: check-links.py [--help]
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent


def without_code(text):
    """The page without its code blocks and code spans, where brackets mean something else."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def anchors(text):
    """The names that the page's headings get."""
    for heading in re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), flags=re.M):
        yield re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken(page):
    """Every link of the page that leads nowhere."""
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"{page.relative_to(TOP)}: no such file: {target}"
        elif fragment and file.suffix == ".md" and fragment not in anchors(file.read_text(encoding="utf-8")):
            yield f"{page.relative_to(TOP)}: no such heading: {target}"


def main():
    if sys.argv[1:]:
        print(__doc__)
        return 0 if sys.argv[1:] in (["--help"], ["-h"]) else 2
    pages = [*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md"), *(TOP / "softhsm-setup").glob("*.md")]
    problems = [problem for page in sorted(pages) for problem in broken(page)]
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"{len(pages)} pages: every link leads somewhere")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
