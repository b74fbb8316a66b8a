"""What can happen to a file."""

from pathlib import Path

from video_index.keyed import digest, integer

BYTES = ("gone", "folder", "empty", "half", "noise", "other", "flipped")
"""Ways of `broken`."""


def broken(kind: str, path: Path) -> None:
    """Damage a file for good."""
    content = path.read_bytes()
    if kind in ("gone", "folder"):
        path.unlink()
    if kind == "folder":
        path.mkdir()
    if kind == "empty":
        path.write_bytes(b"")
    if kind == "half":
        path.write_bytes(content[: len(content) // 2])
    if kind == "noise":
        path.write_bytes(b"".join(digest(kind, number) for number in range(64)))
    if kind == "other":
        path.write_text('[1, {"status": null}]')
    if kind == "flipped":
        changed = bytearray(content)
        for number in range(30):
            changed[integer(len(changed), path.name, number)] ^= 1 << integer(8, path.name, "bit", number)
        path.write_bytes(bytes(changed))
