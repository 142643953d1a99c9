"""A tetrahedron as GLB (glTF 2.0) and as OBJ. The seed chooses its colour and height."""

from __future__ import annotations

import json
import struct

from ..pictures import Picture

_JSON, _BINARY = 0x4E4F534A, 0x004E4942
_FACES = ((0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3))


def _corners(picture: Picture) -> list[tuple[float, float, float]]:
    height = 0.5 + (picture.seed + picture.sample) % 8 / 8
    return [(-0.5, 0.0, -0.5), (0.5, 0.0, -0.5), (0.0, 0.0, 0.5), (0.0, height, 0.0)]


def glb(picture: Picture) -> bytes:
    """The solid as one binary glTF file."""
    corners = _corners(picture)
    points = b"".join(struct.pack("<3f", *each) for each in corners)
    indices = b"".join(struct.pack("<3H", *each) for each in _FACES)
    colour = [round((picture.seed >> shift & 255) / 255, 3) for shift in (0, 8, 16)] + [1.0]
    told = {
        "asset": {"version": "2.0", "generator": "modelslab-mock placeholder"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": colour}}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "buffers": [{"byteLength": len(points) + len(indices)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points), "target": 34962},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(indices), "target": 34963},
        ],
        "accessors": [
            {
                "bufferView": 0, "componentType": 5126, "count": len(corners), "type": "VEC3",
                "min": [min(axis) for axis in zip(*corners, strict=True)],
                "max": [max(axis) for axis in zip(*corners, strict=True)],
            },
            {"bufferView": 1, "componentType": 5123, "count": 3 * len(_FACES), "type": "SCALAR"},
        ],
    }  # fmt: skip
    text = json.dumps(told, separators=(",", ":")).encode()
    chunks = _chunk(_JSON, text + b" " * (-len(text) % 4)) + _chunk(_BINARY, points + indices)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _chunk(kind: int, data: bytes) -> bytes:
    data += b"\0" * (-len(data) % 4)
    return struct.pack("<II", len(data), kind) + data


def obj(picture: Picture) -> bytes:
    """The solid as Wavefront text."""
    lines = ["# modelslab-mock placeholder", *(f"v {x:g} {y:g} {z:g}" for x, y, z in _corners(picture))]
    return "\n".join([*lines, *("f " + " ".join(str(n + 1) for n in face) for face in _FACES), ""]).encode()
