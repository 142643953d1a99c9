"""Java under `modelslab-mock exec`: in the namespace its own store of certificates knows the authority too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from modelslab_mock.ways.exec import java_trust, namespace

PROGRAM = Path(__file__).parent / "programs" / "WithHttpClient.java"
NO_NAMESPACE = namespace.why_not([])
needs_namespace = pytest.mark.skipif(bool(NO_NAMESPACE), reason=f"no namespace here: {NO_NAMESPACE}")
needs_java = pytest.mark.skipif(not shutil.which("javac"), reason="no Java that compiles is on this machine")
needs_keytool = pytest.mark.skipif(not shutil.which("keytool"), reason="Java's keytool is not on this machine")


def authority() -> trustme.CA:
    return trustme.CA()


def der(made: trustme.CA) -> bytes:
    return PEM_cert_to_DER_cert(made.cert_pem.bytes().decode())


def names_in(store: Path, *password: str) -> list[str]:
    """The names in a store, as Java reads it: with a password it checks that nobody changed the store."""
    line = ["keytool", "-list", "-rfc", "-keystore", str(store), *password]
    said = subprocess.run(line, input="\n", capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("BEGIN CERTIFICATE") == said.stdout.count("Alias name: ")
    return sorted(each.partition(": ")[2] for each in said.stdout.splitlines() if each.startswith("Alias name: "))


@needs_namespace
@needs_java
def test_an_unmodified_program_in_java_gets_its_picture(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> None:
    picture = tmp_path / "picture.png"
    line = [sys.executable, "-m", "modelslab_mock", "exec", "--contain", "require", "--", "java", str(PROGRAM), str(picture)]
    ended = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(ended.stderr.splitlines()) == 3, "the first line, the submit and the picture, and nothing of Java's"


@needs_keytool
def test_a_store_in_javas_oldest_form_keeps_what_it_has(tmp_path: Path) -> None:
    first = java_trust.with_authority(java_trust.with_authority(_of_pkcs12(), der(authority())), der(authority()))
    (tmp_path / "store").write_bytes(first)
    assert names_in(tmp_path / "store", "-storepass", "changeit") == ["modelslab-mock", "theirs"]
    assert names_in(tmp_path / "store") == ["modelslab-mock", "theirs"]


@needs_keytool
@pytest.mark.parametrize("sealed", [True, False])
def test_a_store_in_the_newer_form_keeps_what_it_has(tmp_path: Path, sealed: bool) -> None:
    store = tmp_path / "store"
    if sealed:
        store.write_bytes(_of_pkcs12())
    else:  # as Java 18 and later ship it: neither encrypted nor with a checksum
        theirs = tmp_path / "theirs.pem"
        authority().cert_pem.write_to_path(str(theirs))
        given = ["-alias", "theirs", "-file", str(theirs), "-keystore", str(store), "-storetype", "PKCS12", "-storepass"]
        without = [f"-J-Dkeystore.pkcs12.{each}=NONE" for each in ("certProtectionAlgorithm", "macAlgorithm")]
        line = ["keytool", "-importcert", "-noprompt", *given, "changeit", *without]
        subprocess.run(line, capture_output=True, timeout=60, check=True)
    store.write_bytes(java_trust.with_authority(store.read_bytes(), der(authority())))
    assert names_in(store, "-storepass", "changeit") == ["modelslab-mock", "theirs"]


def home(folder: Path, store: bytes) -> dict[str, str]:
    """An environment with one Java, which has this store; the authority of the run is `ca.pem`."""
    place = folder / "home" / "lib" / "security" / "cacerts"
    place.parent.mkdir(parents=True)
    place.write_bytes(store)
    authority().cert_pem.write_to_path(str(folder / "ca.pem"))
    return {"JAVA_HOME": str(folder / "home"), "PATH": ""}


@pytest.mark.parametrize("store", [b"", b"no store", b"\xfe\xed\xfe\xed" + bytes(40)])
def test_what_is_no_store_stays_as_it_is(tmp_path: Path, store: bytes) -> None:
    binds = java_trust.with_java_stores([], tmp_path / "ca.pem", tmp_path, home(tmp_path, store))
    assert tmp_path / "home" / "lib" / "security" / "cacerts" not in [each for _, each in binds]


def test_a_store_in_a_folder_that_is_replaced_is_changed_in_its_copy(tmp_path: Path) -> None:
    environment = home(tmp_path, _of_pkcs12())
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    binds = [(tmp_path / "copy", tmp_path / "home")]
    given = java_trust.with_java_stores(list(binds), tmp_path / "ca.pem", tmp_path, environment)
    assert [each for each in given if each[1].is_relative_to(tmp_path)] == binds
    assert (tmp_path / "copy" / "lib" / "security" / "cacerts").read_bytes().startswith(b"\xfe\xed\xfe\xed")
    assert not (tmp_path / "home" / "lib" / "security" / "cacerts").read_bytes().startswith(b"\xfe\xed\xfe\xed")


def test_the_stores_of_this_environment_are_found(tmp_path: Path) -> None:
    for place in ("home/lib/security/cacerts", "other/jre/lib/security/cacerts", "other/bin/java"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch(0o755)
    (tmp_path / "java").symlink_to(tmp_path / "other" / "bin" / "java")
    found = java_trust.stores({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path) + os.pathsep + "/nowhere"})
    ours = [str(each.relative_to(tmp_path)) for each in found if each.is_relative_to(tmp_path)]
    assert ours == ["home/lib/security/cacerts", "other/jre/lib/security/cacerts"]


def _of_pkcs12() -> bytes:
    theirs = x509.load_pem_x509_certificate(authority().cert_pem.bytes())
    return pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(theirs, b"theirs")], BestAvailableEncryption(b"changeit"))
