"""Making a run's certificate authority believed: bundles with it added, and where programs look for bundles."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

#: Where distributions keep the bundle of the system: Debian, Ubuntu, Alpine, Arch · Fedora, RHEL · openSUSE · others.
SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-bundle.crt",
)
#: Folders in which OpenSSL looks a certificate up by the hash of its subject.
SYSTEM_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs")
#: Variables that name all that is trusted: OpenSSL (Python's ssl, httpx, aiohttp, Ruby), Go; requests; curl.
VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
#: Variables that name what is trusted beside a runtime's own list: Node, Deno.
VARIABLES_OF_MORE = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
#: Variables of particular tools, which matter only where somebody has set them.
VARIABLES_IF_SET = (
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "HTTPLIB2_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "CARGO_HTTP_CAINFO",
    "BUNDLE_SSL_CA_CERT",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
)


def variables(authority: Path, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """CA variables for a command. Each names a bundle in `folder`: what it named before, and the authority."""
    named = {name: _trusted_so_far(environment.get(name, "")) for name in VARIABLES}
    named |= {name: _trusted_so_far(environment[name]) for name in VARIABLES_IF_SET if environment.get(name)}
    for name in VARIABLES_OF_MORE:
        given = environment.get(name, "")
        named[name] = Path(given) if given and Path(given).is_file() else None
    return {name: str(_bundle(base, authority, folder)) for name, base in named.items()}


def system_binds(authority: Path, folder: Path) -> list[tuple[Path, Path]]:
    """(replacement, place) for every bundle and folder of certificates that this system has."""
    binds, done = [], set()
    for name in SYSTEM_FOLDERS:
        place = Path(name).resolve()
        if place not in done and next(place.glob("*.0"), None):
            done.add(place)
            binds.append((_folder_with(authority, place, folder), place))
    for name in SYSTEM_BUNDLES:
        place = Path(name).resolve()
        if place.is_file() and not done & {place, place.parent}:
            done.add(place)
            binds.append((_bundle(place, authority, folder), place))
    return binds


def _trusted_so_far(named: str) -> Path | None:
    """The bundle that a variable names, else the system's, else the one that comes with Python's packages."""
    for name in (named, *SYSTEM_BUNDLES):
        if name and Path(name).is_file():
            return Path(name)
    try:
        import certifi
    except ImportError:
        return None
    return Path(certifi.where())


def _bundle(base: Path | None, authority: Path, folder: Path) -> Path:
    """A file with the certificates of `base` and the authority's. The same base gives the same file."""
    try:
        known = base.read_bytes() if base else b""
    except OSError:
        known = b""
    made = folder / f"bundle-{hashlib.sha256(known).hexdigest()[:12]}.pem"
    if not made.exists():
        made.write_bytes(known.rstrip() + b"\n" + authority.read_bytes() if known else authority.read_bytes())
    return made


def _folder_with(authority: Path, place: Path, folder: Path) -> Path:
    """A copy of a folder of certificates that knows the authority too; its links stay links."""
    copy = folder / ("folder-" + str(place).strip("/").replace("/", "-"))
    shutil.copytree(place, copy, symlinks=True, ignore_dangling_symlinks=True)
    for name in SYSTEM_BUNDLES:
        bundle = copy / Path(name).name
        if Path(name).parent.resolve() == place and bundle.is_file():
            text = bundle.read_bytes()
            bundle.unlink()
            bundle.write_bytes(text.rstrip() + b"\n" + authority.read_bytes())
    shutil.copyfile(authority, copy / f"{subject_hash(authority.read_bytes())}.0")
    return copy


def subject_hash(pem: bytes) -> str:
    """The eight digits by which OpenSSL finds a certificate: SHA-1 over its subject, names in lower case as UTF-8."""
    from cryptography import x509

    subject = x509.load_pem_x509_certificate(pem).subject
    encoded = b""
    for names in subject.rdns:
        one = b""
        for each in names:
            text = " ".join(str(each.value).lower().split()).encode()
            one += _der(0x30, _object_id(each.oid.dotted_string) + _der(0x0C, text))
        encoded += _der(0x31, one)
    return hashlib.sha1(encoded, usedforsecurity=False).digest()[3::-1].hex()


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes([tag, size] if size < 128 else [tag, 0x81, size]) + content


def _object_id(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    encoded = bytes([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:  # its digits to the base 128, the last one first
            digits.append(number & 0x7F | 0x80)
        encoded += bytes(reversed(digits))
    return _der(0x06, encoded)
