import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.caching.envelope import seal, unseal


def test_a_sealed_value() -> None:
    # The CRC-32 of "123456789" is known: 0xCBF43926.
    assert seal(b"123456789") == b"\x26\x39\xf4\xcb123456789"
    assert unseal(seal(b"")) == b""


@given(st.binary(max_size=50), st.data())
def test_a_value_of_which_a_bit_was_lost_is_none(content: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(content))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError, match="checksum"):
        unseal(bytes(sealed))


@pytest.mark.parametrize("value", [b"", b"abc", seal(b"12345")[:-1], b"somebody else's"])
def test_foreign_bytes_are_none(value: bytes) -> None:
    with pytest.raises(ValueError, match="checksum"):
        unseal(value)
