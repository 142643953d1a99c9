"""Java believes neither the system's bundles nor a variable, only the store that lies beside it: that store, with ours added.

Stores are written in Java's oldest form, which every Java reads, with the usual password and without any.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

#: Where systems keep the store that their Javas share: Debian, Ubuntu · Fedora, RHEL · openSUSE.
SYSTEM_STORES = (
    "/etc/ssl/certs/java/cacerts",
    "/etc/pki/ca-trust/extracted/java/cacerts",
    "/var/lib/ca-certificates/java-cacerts",
)
_IN_A_JAVA = ("lib/security/cacerts", "jre/lib/security/cacerts")
_PASSWORD = "changeit"  # noqa: S105 # that of every Java's store
_MAGIC, _VERSION, _CERTIFICATE = 0xFEEDFEED, 2, 2
_DIGEST_BYTES = 20


def stores(environment: Mapping[str, str]) -> Iterator[Path]:
    """The stores of the Javas of this system and of this environment."""
    homes = [Path(environment["JAVA_HOME"])] if environment.get("JAVA_HOME") else []
    if java := shutil.which("java", path=environment.get("PATH")):
        homes.append(Path(java).resolve().parent.parent)
    places = [Path(each) for each in SYSTEM_STORES] + [home / each for home in homes for each in _IN_A_JAVA]
    yield from dict.fromkeys(place.resolve() for place in places if place.is_file())


def with_java_stores(
    binds: list[tuple[Path, Path]], authority: Path, folder: Path, environment: Mapping[str, str]
) -> list[tuple[Path, Path]]:
    """(replacement, place) as given, and for every store of a Java; one that cannot be read stays as it is.

    A store in a folder that is replaced as a whole is changed in that copy: over a copy of ours nothing can be put that
    would not be in the way when the copy is to go.
    """
    from ssl import PEM_cert_to_DER_cert

    ours = PEM_cert_to_DER_cert(authority.read_text())
    more = []
    for number, place in enumerate(stores(environment)):
        try:
            store = with_authority(place.read_bytes(), ours)
        except (OSError, ValueError):
            continue
        copy = next((seen / place.relative_to(each) for seen, each in binds if place.is_relative_to(each)), None)
        replacement = copy or folder / f"java-{number}.jks"
        replacement.unlink(missing_ok=True)
        replacement.write_bytes(store)
        if copy is None:
            more.append((replacement, place))
    return binds + more


def with_authority(store: bytes, authority: bytes) -> bytes:
    """A store of certificates that knows one more, given as DER. Raises ValueError for what is no store."""
    if len(store) > 12 + _DIGEST_BYTES and struct.unpack(">II", store[:8]) == (_MAGIC, _VERSION):
        count = int.from_bytes(store[8:12])
        return _signed(count + 1, store[12:-_DIGEST_BYTES] + _entry("modelslab-mock", authority))
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    known = pkcs12.load_pkcs12(store, _PASSWORD.encode()).additional_certs
    entries = [
        _entry((each.friendly_name or str(number).encode()).decode(), each.certificate.public_bytes(Encoding.DER))
        for number, each in enumerate(known)
    ]
    return _signed(len(entries) + 1, b"".join(entries) + _entry("modelslab-mock", authority))


def _entry(name: str, certificate: bytes) -> bytes:
    since_1970 = struct.pack(">Q", 0)
    sized = struct.pack(">I", len(certificate)) + certificate
    return struct.pack(">I", _CERTIFICATE) + _text(name) + since_1970 + _text("X.509") + sized


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _signed(count: int, entries: bytes) -> bytes:
    store = struct.pack(">III", _MAGIC, _VERSION, count) + entries
    salted = _PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + store  # the words are the form's own
    return store + hashlib.sha1(salted, usedforsecurity=False).digest()
