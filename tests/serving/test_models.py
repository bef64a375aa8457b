"""x"""
from tests.support.triton import ServedTriton

def test_up(triton: ServedTriton) -> None:
    assert triton.process_id > 0
