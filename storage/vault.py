"""Names sealed, phone numbers hashed, heads signed: what a stolen database must not tell or forge.

Its keys are not in the database, so that neither a copy of it nor a backup holds them.
"""

import base64
import hashlib
import hmac
from functools import lru_cache, partial

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_SECRET = 32  # characters
KEYS_AT_HAND = 64  # keys of matters
NAMES_AT_HAND = 1000
SALT = 16  # bytes, at least


class Vault:
    """Everything derives from LINLI_SECRET_KEY; losing it loses the names, not the cases."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"a secret key needs at least {SHORTEST_SECRET} characters")
        self._hash_key = _derive(secret, b"linli keyed hash")
        self._fernet = Fernet(_base64(_derive(secret, b"linli sealed names")))
        self.session_key = _derive(secret, b"linli web session")
        self.page_key = _derive(secret, b"linli resident pages")
        self._signer = Ed25519PrivateKey.from_private_bytes(_derive(secret, b"linli record heads"))
        self._unsealed = lru_cache(NAMES_AT_HAND)(self._open)  # those of the staff, above all
        self._matters = _derive(secret, b"linli matter keys")
        # asked for at every ballot; the matters that are voted on now are few
        self._matter_key = lru_cache(KEYS_AT_HAND)(partial(_of_matter, self._matters))

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode() if text else ""

    def unseal(self, sealed: str | None) -> str:
        return self._unsealed(sealed) if sealed else ""

    def _open(self, sealed: str) -> str:
        return self._fernet.decrypt(sealed.encode()).decode()

    def keyed_hash(self, kind: str, text: str) -> str:
        """HMAC-SHA256, so that a list of all phone numbers does not undo it (handbook 3.1)."""
        return hmac.new(self._hash_key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()

    def sign(self, data: bytes) -> str:
        """An Ed25519 signature in hex (RFC 8032): the same for the same bytes."""
        return self._signer.sign(data).hex()

    @property
    def public_key(self) -> str:
        """In hex: what everybody needs to check a signature, for the notice and the bundle."""
        return self._signer.public_key().public_bytes_raw().hex()

    def matter_key(self, matter: int, salt: bytes) -> bytes:
        """From which the pseudonyms of one matter are made (handbook: voting 2.3, steps 2 and 8).

        Each matter has a random salt of its own, kept in the database. Whoever destroys the salt
        destroys the key, and nobody can tell any more whose the ballots were.
        """
        if len(salt) < SALT:
            raise ValueError(f"the salt of a matter needs at least {SALT} bytes")
        return self._matter_key(matter, salt)


def _of_matter(secret: bytes, matter: int, salt: bytes) -> bytes:
    return _hkdf(secret, b"matter %d" % matter, salt)


def _derive(secret: str, purpose: bytes) -> bytes:
    return _hkdf(secret.encode(), purpose)


def _hkdf(secret: bytes, purpose: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(secret)


def _base64(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(key)
