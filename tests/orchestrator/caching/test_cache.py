from orchestrator.caching.cache import key_of


def test_a_key_names_kind_model_and_content() -> None:
    assert key_of("visual", "clip@1", "ab12") == "feedlens:1:visual:clip@1:ab12"
