"""Recomputes the digests of digests.txt from the values alone, by the layout that crates/domain/src/entry/digest.rs documents."""

import hashlib
import json
import sys

SECRET = bytes([7] * 32)
VERSION = 1


def sized(type_number, content):
    return bytes([type_number]) + len(content).to_bytes(4, "little") + content


def value(words, lines, depth):
    """The bytes of one value: a type, and what stands on the same line or below."""
    kind, _, rest = words.partition(" ")
    if kind == "integer":
        return bytes([1]) + int(rest).to_bytes(8, "little", signed=True)
    if kind == "flag":
        return bytes([2, ["false", "true"].index(rest)])
    if kind == "text":
        return sized(3, json.loads(rest).encode())
    if kind == "bytes":
        return sized(4, bytes.fromhex(rest))
    if kind == "message":
        return sized(5, fields(lines, depth + 2))
    if kind == "list":
        return sized(6, b"".join(below(lines, depth + 2)))
    if kind == "map":
        encoded = list(below(lines, depth + 2))
        # A key is a text: its bytes follow a type and a length.
        entries = sorted(zip(encoded[::2], encoded[1::2]), key=lambda entry: entry[0][5:])
        return sized(7, b"".join(key + of for key, of in entries))
    sys.exit(f"{words}: no such value")


def below(lines, depth):
    """The values of a list, or the keys and values of a map, in the order in which they stand."""
    while lines and lines[0].startswith(" " * depth):
        yield value(lines.pop(0).strip(" "), lines, depth)


def fields(lines, depth):
    found = {}
    while lines and lines[0].startswith(" " * depth):
        number, _, words = lines.pop(0).strip(" ").partition(" ")
        found[int(number)] = value(words, lines, depth)
    return b"".join(number.to_bytes(4, "little") + found[number] for number in sorted(found))


blocks = open("digests.txt", encoding="utf-8").read().strip("\n").split("\n\n")
for block in blocks:
    head, *lines, expected_bytes, expected_digest = block.split("\n")
    encoded = fields(lines, 2)
    if lines or f"bytes {encoded.hex()}" != expected_bytes:
        sys.exit(f"{head}: the bytes are others")
    command = int(head.split(" ")[0])
    digest = hashlib.sha256(b"goodturn request" + SECRET + bytes([VERSION, command]) + encoded)
    if f"digest {digest.hexdigest()}" != expected_digest:
        sys.exit(f"{head}: the digest is another")
print(f"{len(blocks)} digests are right")
