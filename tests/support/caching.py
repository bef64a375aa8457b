"""What extractors of tests keep, in process."""

from orchestrator.caching.parameters import CacheParameters
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.extraction.memos import Memos


def make_memos(entries: int = 80) -> Memos:
    """Memos in this process; of 0 entries, they keep nothing."""
    return Memos(ProcessCache(entries), CacheParameters())
