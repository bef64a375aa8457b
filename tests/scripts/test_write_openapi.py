"""The OpenAPI document that clients are generated from."""

import json
from collections import Counter

from scripts.write_openapi import DOCUMENT, document


def test_the_checked_in_document_is_what_the_service_says() -> None:
    # Where they differ: python -m scripts.write_openapi, and look at what that changes for clients.
    assert json.loads(DOCUMENT.read_text("utf-8")) == json.loads(document())


def test_operations_have_names_of_their_own() -> None:
    paths = json.loads(document())["paths"].values()
    names = Counter(each["operationId"] for operations in paths for each in operations.values())
    assert names.total() == len(names) > 20
    assert {"post_media", "post_feed", "post_rank", "search_hybrid", "post_events"} <= names.keys()
