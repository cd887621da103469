"""Certificates for tests, made by the keytool that every Java brings. It gives no keys away: PEM takes openssl."""

import shutil
import subprocess
from pathlib import Path

from fairground_embedded.java import java

PASSWORD = "secret-store"
_KEYTOOL = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-m", "java.base/sun.security.tools.keytool.Main")

#: For tests that need a key in PEM.
WITHOUT_OPENSSL = not shutil.which("openssl")

_NEW = ("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2")


class Keys:
    """An authority, a key store for a broker on 127.0.0.1 that the authority signed, and what clients believe it by."""

    def __init__(self, directory: Path) -> None:
        self.authority = directory / "authority.pem"
        self._directory = directory
        self._make("ca", "-ext", "bc:c", "-ext", "ku:c=keyCertSign")
        self._tool("-exportcert", "-rfc", "-alias", "ca", "-file", str(self.authority))
        self._make("broker", "-ext", "san=ip:127.0.0.1", "-signer", "ca")
        self.broker = self._alone("broker")

    def client(self, name: str) -> Path:
        """A client's key and certificate in one PEM file."""
        self._make(name, "-signer", "ca")
        self._alone(name)
        return self.pem(name)

    def pem(self, name: str = "broker") -> Path:
        """Key and certificate of a key store in one PEM file."""
        store, file = self._directory / f"{name}.p12", self._directory / f"{name}.pem"
        words = ("openssl", "pkcs12", "-in", store, "-passin", f"pass:{PASSWORD}", "-nodes", "-out", file)
        subprocess.run(words, check=True, capture_output=True)
        return file

    def _make(self, name: str, *more: str) -> None:
        self._tool(*_NEW, "-alias", name, "-dname", f"CN={name}", *more)

    def _alone(self, name: str) -> Path:
        """A key store with this key only: a broker shows the first that it finds."""
        store = self._directory / f"{name}.p12"
        to = ("-destkeystore", str(store), "-deststoretype", "PKCS12", "-deststorepass", PASSWORD)
        self._run("-importkeystore", "-alias", name, "-srckeystore", str(self._all), "-srcstorepass", PASSWORD, *to)
        return store

    @property
    def _all(self) -> Path:
        return self._directory / "all.p12"

    def _tool(self, *words: str) -> None:
        self._run(*words, "-keystore", str(self._all), "-storetype", "PKCS12", "-storepass", PASSWORD)

    def _run(self, *words: str) -> None:
        subprocess.run([java().executable, *_KEYTOOL, *words], check=True, capture_output=True)
