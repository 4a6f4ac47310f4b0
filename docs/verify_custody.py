#!/usr/bin/env python3
"""Checks a custody log: verify_custody.py LOG CHECKPOINT PUBLIC_KEY (see docs/custody.md).

Status 0: good, 1: not good, 3: good, but the signature was not checked, which needs the package `cryptography`
or another Ed25519 implementation. All else needs the standard library only."""
import base64, hashlib, json, sys
sha256 = lambda data: hashlib.sha256(data).digest()

def open_checkpoint(note, vkey):
    name, key_hash, key = vkey.strip().split("+", 2)
    key, key_hash = base64.b64decode(key, validate=True), bytes.fromhex(key_hash)
    assert key[:1] == b"\1" and sha256(name.encode() + b"\n" + key)[:4] == key_hash, "this is no C2SP Ed25519 key"
    text, _, lines = note.rpartition("\n\n")
    blobs = [base64.b64decode(line.split(" ")[2]) for line in lines.splitlines() if line.startswith(f"\u2014 {name} ")]
    signatures = [blob[4:] for blob in blobs if blob[:4] == key_hash]
    assert signatures, "the checkpoint is not signed by this key"
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return text.split("\n"), False
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signatures[0], (text + "\n").encode())
    return text.split("\n"), True

def check(log, note, vkey):
    (_, size, root, *_), signed = open_checkpoint(note, vkey)
    size, root, lines = int(size), base64.b64decode(root, validate=True), log.split(b"\n")[:-1]
    stack, previous, torn, found, first = [], None, None, None, None
    for i in range(len(lines) + 1):
        if i == size:
            found = stack[-1][1] if stack else sha256(b"")
            for _, left in reversed(stack[:-1]):
                found = sha256(b"\1" + left + found)
        if i == len(lines):
            break
        try:
            entry = json.loads(lines[i])
            explained = entry["act"] == "custody.torn" and entry["detail"]["entry"] == str(i - 1)
            fits = entry["n"] == i and entry["previous"] == previous and (torn is None or explained)
            torn = None
        except (ValueError, TypeError, KeyError):  # no entry: the one behind it must say that a crash tore it
            fits, torn = torn is None, i
        first = i if first is None and not fits else first
        node = (1, sha256(b"\0" + lines[i]))
        previous = node[1].hex()
        while stack and stack[-1][0] == node[0]:  # two subtrees of one size make one of twice the size
            node = (2 * node[0], sha256(b"\1" + stack.pop()[1] + node[1]))
        stack.append(node)
    first = torn if first is None else first
    place = "" if first is None else f"; the first place out of order is at or just before entry {first}"
    assert found == root, f"the first {size} entries (the log has {len(lines)}) are not those that were signed{place}"
    assert first is None, f"the entries are not in order{place}"
    return f"{size} entries are as they were signed, {len(lines) - size} further ones are in order", signed

if __name__ == "__main__":
    try:
        told, signed = check(open(sys.argv[1], "rb").read(), *(open(path, encoding="utf-8").read() for path in sys.argv[2:4]))
    except Exception as error:
        sys.exit(f"NOT GOOD: {error or type(error).__name__}")
    print(told if signed else f"{told}; BUT THE SIGNATURE WAS NOT CHECKED: no Ed25519 implementation is installed")
    sys.exit(0 if signed else 3)
