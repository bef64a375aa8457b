"""The conformance suite: what every `Store` must do, on whatever engine."""

from tests.orchestrator.store.event_suite import EventSuite
from tests.orchestrator.store.post_suite import PostSuite
from tests.orchestrator.store.search_suite import SearchSuite


class StoreConformance(PostSuite, SearchSuite, EventSuite):
    """A test class of an engine inherits it and yields `store`."""
