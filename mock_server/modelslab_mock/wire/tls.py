"""A certificate authority for one run: made in memory, written to a temporary folder, gone with the process."""

from __future__ import annotations

import atexit
import shutil
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Hosts of the vendor's API and pictures (api-facts 5), as a certificate names them.
VENDOR_HOSTS = (
    "modelslab.com",
    "*.modelslab.com",
    "*.modelslab.ai",
    "stablediffusionapi.com",
    "*.stablediffusionapi.com",
    "*.r2.dev",
    "d1okzptojspljx.cloudfront.net",
    "d9jy2smsrdjcq.cloudfront.net",
    "modelslab-bom.s3.amazonaws.com",
)


def certificate_for(host: str) -> tuple[str, dict[str, Any]]:
    """The file to trust, and uvicorn's settings for a certificate of loopback, `host` and the vendor's hosts."""
    import trustme

    authority = trustme.CA(organization_name="modelslab-mock throw-away authority")
    names = ["localhost", "127.0.0.1", "::1", *VENDOR_HOSTS]
    if host not in (*names, "0.0.0.0", "::"):  # noqa: S104 # compared, not bound
        names.append(host)
    leaf = authority.issue_cert(*names)
    folder = Path(tempfile.mkdtemp(prefix="modelslab-mock-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    trust, chain, secret = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    authority.cert_pem.write_to_path(trust)
    for blob in leaf.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    secret.touch(0o600)
    leaf.private_key_pem.write_to_path(secret)
    return str(trust), {"ssl_certfile": str(chain), "ssl_keyfile": str(secret)}


def listening(hear: Callable[[str], None]) -> type[ssl.SSLObject]:
    """What `SSLContext.sslobject_class` is set to so that `hear` is told, in OpenSSL's word, why a handshake came to nothing.

    The event loops say nothing of it: to them it is a connection that was lost.
    """

    class Listening(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as problem:
                hear(problem.reason or "")
                raise

    return Listening
