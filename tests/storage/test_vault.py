"""Keys made from one secret: each for one purpose, the same after every start."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from storage.vault import Vault

SECRET = "a secret for tests, long enough to be taken"
SALT, OTHER_SALT = bytes(16), bytes(15) + b"\x01"


def public(vault: Vault) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(vault.public_key))


def test_everybody_can_check_what_the_vault_signed() -> None:
    vault = Vault(SECRET)

    public(vault).verify(bytes.fromhex(vault.sign(b"head 12")), b"head 12")
    with pytest.raises(InvalidSignature):
        public(vault).verify(bytes.fromhex(vault.sign(b"head 12")), b"head 13")


def test_the_same_secret_signs_alike_after_a_restart_and_another_one_does_not() -> None:
    assert Vault(SECRET).public_key == Vault(SECRET).public_key
    assert Vault(SECRET).sign(b"head") == Vault(SECRET).sign(b"head")
    assert Vault(SECRET).public_key != Vault(SECRET + "!").public_key


def test_each_matter_has_a_key_of_its_own_that_is_lost_with_its_salt() -> None:
    key = Vault(SECRET).matter_key(4, SALT)

    assert key == Vault(SECRET).matter_key(4, SALT)
    assert (
        len({key, Vault(SECRET).matter_key(5, SALT), Vault(SECRET).matter_key(4, OTHER_SALT)}) == 3
    )


@pytest.mark.parametrize("salt", [b"", bytes(15)])
def test_a_matter_without_a_salt_has_no_key_that_could_be_destroyed(salt: bytes) -> None:
    with pytest.raises(ValueError):
        Vault(SECRET).matter_key(4, salt)
