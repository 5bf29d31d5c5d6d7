"""Names sealed, phone numbers and codes hashed: what a stolen database must not tell."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_SECRET = 32  # characters


class Vault:
    """Everything derives from LINLI_SECRET_KEY; losing it loses the names, not the cases."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"a secret key needs at least {SHORTEST_SECRET} characters")
        self._hash_key = _derive(secret, b"linli keyed hash")
        self._fernet = Fernet(_base64(_derive(secret, b"linli sealed names")))
        self.session_key = _derive(secret, b"linli web session")

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode() if text else ""

    def unseal(self, sealed: str | None) -> str:
        return self._fernet.decrypt(sealed.encode()).decode() if sealed else ""

    def keyed_hash(self, kind: str, text: str) -> str:
        """HMAC-SHA256, so that a list of all phone numbers does not undo it (handbook 3.1)."""
        return hmac.new(self._hash_key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _base64(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(key)
