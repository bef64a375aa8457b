import json

import pytest

from orchestrator.errors import StartupError
from orchestrator.settings import load_settings
from ranking.weights import Weights


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_PORT", "9001")
    monkeypatch.setenv("FEEDLENS_WEIGHTS__VISUAL", "0.5")
    monkeypatch.setenv("DEBUG", "true")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.debug is True
    assert (settings.weights.visual, settings.weights.text) == (0.5, 0.25)


def test_a_content_type_has_weights_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_WEIGHTS__RECENCY", "0.3")
    monkeypatch.setenv("FEEDLENS_WEIGHTS_BY_TYPE__MEME__TEXT", "0.4")
    monkeypatch.setenv("FEEDLENS_WEIGHTS_BY_TYPE__TEXT_ONLY__VISUAL", "0")
    table = load_settings().weight_table
    assert table.of("meme") == Weights(text=0.4, recency=0.3)
    assert table.of("text_only") == Weights(visual=0.0, recency=0.3)
    assert table.of("aesthetic") == Weights(recency=0.3)


def test_single_kinds_of_events_have_weights_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_settings().taste_parameters
    monkeypatch.setenv("FEEDLENS_EVENT_WEIGHTS__SKIP", "-0.9")
    monkeypatch.setenv("FEEDLENS_EVENT_WEIGHTS__HIDE_AUTHOR", "-3")
    monkeypatch.setenv("FEEDLENS_TASTE__HALF_LIFE_DAYS", "7")
    taste = load_settings().taste_parameters
    assert taste.weights == {**before.weights, "skip": -0.9, "hide_author": -3.0}
    assert (taste.half_life_days, before.half_life_days) == (7.0, 30.0)


def test_how_feeds_are_made_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_FEED__SEEN_DAYS", "7")
    monkeypatch.setenv("FEEDLENS_FEED__EXPLORATION_SHARE", "0")
    monkeypatch.setenv("FEEDLENS_DIVERSITY__METHOD", "ssd")
    monkeypatch.setenv("FEEDLENS_DUPLICATES__MAX_HAMMING", "0")
    settings = load_settings()
    assert (settings.feed.seen_days, settings.feed.exploration_share) == (7.0, 0.0)
    assert (settings.feed.session_posts, settings.diversity.window) == (200, 10)
    assert (settings.diversity.method, settings.duplicates.max_hamming) == ("ssd", 0)


@pytest.mark.parametrize(
    ("key", "value", "named", "message"),
    [
        ("FEEDLENS_PORT", "70000", "FEEDLENS_PORT", "less than or equal to 65535"),
        ("FEEDLENS_WEIGHTS__VISUAL", "-1", "FEEDLENS_WEIGHTS", "'visual' must be a finite number"),
        ("FEEDLENS_SIGNALS__HALF_LIFE_HOURS", "0", "FEEDLENS_SIGNALS", "half_life_hours above 0"),
        ("FEEDLENS_SIGNALS__COMMENT_WEIGHT", "nan", "FEEDLENS_SIGNALS", "comment_weight must be"),
        ("FEEDLENS_DEADLINE_S", "soon", "FEEDLENS_DEADLINE_S", "a valid number"),
        ("DEBUG", "perhaps", "DEBUG", "a valid boolean"),
        ("FEEDLENS_CLOCK_SKEW_S", "inf", "FEEDLENS_CLOCK_SKEW_S", "less than or equal to 86400"),
        (
            "FEEDLENS_WEIGHTS_BY_TYPE__MEME__TEXT",
            "-1",
            "FEEDLENS_WEIGHTS_BY_TYPE",
            "meme: weight 'text' must be a finite number",
        ),
        (
            "FEEDLENS_WEIGHTS_BY_TYPE__MEME__SOUND",
            "1",
            "FEEDLENS_WEIGHTS_BY_TYPE",
            "meme: unknown signal 'sound'",
        ),
        (
            "FEEDLENS_WEIGHTS_BY_TYPE",
            '{"mixed": {"visual":0,"text":0,"engagement":0,"recency":0,"diversity":0}}',
            "FEEDLENS_WEIGHTS_BY_TYPE",
            "mixed: at least one weight must be above 0",
        ),
        (
            "FEEDLENS_WEIGHTS_BY_TYPE__MEME__TEXT",
            "much",
            "FEEDLENS_WEIGHTS_BY_TYPE__MEME__TEXT",
            "a valid number",
        ),
        (
            "FEEDLENS_WEIGHTS_BY_TYPE__MEEM__TEXT",
            "1",
            "FEEDLENS_WEIGHTS_BY_TYPE__MEEM",
            "should be 'meme'",
        ),
        ("FEEDLENS_EVENT_WEIGHTS__SKIP", "inf", "FEEDLENS_EVENT_WEIGHTS", "'skip' must be a fin"),
        ("FEEDLENS_EVENT_WEIGHTS__SKIP", "x", "FEEDLENS_EVENT_WEIGHTS__SKIP", "a valid number"),
        ("FEEDLENS_EVENT_WEIGHTS__LOVE", "1", "FEEDLENS_EVENT_WEIGHTS__LOVE", "should be 'view'"),
        ("FEEDLENS_FEED__SEEN_DAYS", "0", "FEEDLENS_FEED__SEEN_DAYS", "greater than 0"),
        ("FEEDLENS_FEED__SEEN_DAYS", "nan", "FEEDLENS_FEED__SEEN_DAYS", "equal to 36500"),
        ("FEEDLENS_FEED__SEEN_DAYS", "inf", "FEEDLENS_FEED__SEEN_DAYS", "equal to 36500"),
        ("FEEDLENS_FEED__SESSION_TTL_S", "1e10", "FEEDLENS_FEED__SESSION_TTL_S", "or equal to 31"),
        ("FEEDLENS_FEED__SESSION_POSTS", "1001", "FEEDLENS_FEED__SESSION_POSTS", "to 1000"),
        ("FEEDLENS_FEED__EXPLORATION_SHARE", "0.6", "FEEDLENS_FEED__EXPLORATION_SHARE", "to 0.5"),
        (
            "FEEDLENS_DIVERSITY__METHOD",
            "nonsense",
            "FEEDLENS_DIVERSITY__METHOD",
            "'msd', 'mmr', 'ssd' o",
        ),
        ("FEEDLENS_DIVERSITY__METHDO", "ssd", "FEEDLENS_DIVERSITY", "unknown 'methdo'; known are"),
        ("FEEDLENS_WEIGHTS__SOUND", "1", "FEEDLENS_WEIGHTS", "unknown 'sound'; known are visual,"),
        ("FEEDLENS_FEED__TTL", "1", "FEEDLENS_FEED", "unknown 'ttl'; known are session_posts, "),
        ("FEEDLENS_VIDEO__FRAMES", "0", "FEEDLENS_VIDEO__FRAMES", "greater than or equal to 1"),
        ("FEEDLENS_VIDEO__FRAMES", "65", "FEEDLENS_VIDEO__FRAMES", "less than or equal to 64"),
        ("FEEDLENS_VIDEO__MEMORY_BYTES", "1", "FEEDLENS_VIDEO__MEMORY_BYTES", "to 64000000"),
        ("FEEDLENS_VIDEO__TIMEOUT_S", "nan", "FEEDLENS_VIDEO__TIMEOUT_S", "equal to 3600"),
        ("FEEDLENS_VIDEO__MAX_DURATION_S", "inf", "FEEDLENS_VIDEO__MAX_DURATION_S", "to 604800"),
        ("FEEDLENS_VIDEO__AT_ONCE", "0", "FEEDLENS_VIDEO__AT_ONCE", "greater than or equal to 1"),
        ("FEEDLENS_VIDEO__FPS", "1", "FEEDLENS_VIDEO", "unknown 'fps'; known are frames, "),
        ("FEEDLENS_DIVERSITY__WINDOW", "0", "FEEDLENS_DIVERSITY", "window must be ≥ 1"),
        ("FEEDLENS_DUPLICATES__MAX_HAMMING", "65", "FEEDLENS_DUPLICATES", "max_hamming must be in"),
        ("FEEDLENS_DUPLICATES__MIN_COSINE", "2", "FEEDLENS_DUPLICATES", "min_cosine must be in"),
        ("FEEDLENS_TASTE__MAX_INTERESTS", "0", "FEEDLENS_TASTE", "max_interests must be 1 or mor"),
        (
            "FEEDLENS_EXPERIMENT",
            '{"name": "n", "variants": {"calm": {"share": 1}, "bold": {"share": 0}}}',
            "FEEDLENS_EXPERIMENT__VARIANTS__BOLD__SHARE",
            "greater than 0",
        ),
        ("FEEDLENS_EXPERIMENT", "{", "FEEDLENS_EXPERIMENT", "Expecting property name"),
        ("FEEDLENS_CALIBRATION_PATH", "/no/file", "FEEDLENS_CALIBRATION_PATH", "to a file"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_its_key(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, named: str, message: str
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(StartupError) as caught:
        load_settings()
    assert caught.value.detail.startswith(f"setting {named}: ")
    assert message in caught.value.detail


PICTURES_ALONE = {"text": 0, "engagement": 0, "recency": 0, "diversity": 0}


@pytest.mark.parametrize("key", ["FEEDLENS_WEIGHTS", "FEEDLENS_WEIGHTS_BY_TYPE__MEME"])
def test_a_variant_s_weights_must_fit_those_of_the_service(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    blind = {"share": 1, "weights": {"visual": 0}}
    experiment = {"name": "n", "variants": {"calm": {"share": 1}, "blind": blind}}
    monkeypatch.setenv("FEEDLENS_EXPERIMENT", json.dumps(experiment))
    found = load_settings().experiment
    assert found is not None
    assert found.experiment().variants[1].weights == {"visual": 0}
    monkeypatch.setenv(key, json.dumps(PICTURES_ALONE))
    with pytest.raises(
        StartupError, match=r"FEEDLENS_EXPERIMENT: .*variants\.blind\.weights: at le"
    ):
        load_settings()


def test_json_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_FEED", "{")
    with pytest.raises(StartupError, match=r'must be JSON is none: .* field "feed"'):
        load_settings()


def test_a_single_kind_of_event_can_be_weighed_anew_either_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEEDLENS_TASTE__WEIGHTS__LIKE", "3")
    monkeypatch.setenv("FEEDLENS_EVENT_WEIGHTS__SAVE", "4")
    weights = load_settings().taste_parameters.weights
    assert (weights["like"], weights["save"], weights["report"]) == (3, 4, -2)


def test_the_keys_of_the_old_payloads_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().legacy.keys.media_id[0] == "mediaId"
    monkeypatch.setenv("FEEDLENS_LEGACY__READ", "true")
    monkeypatch.setenv("FEEDLENS_LEGACY__KEYS__MEDIA_ID", "_id.$oid,id")
    legacy = load_settings().legacy
    assert (legacy.read, legacy.write, legacy.is_used) == (True, False, True)
    assert (legacy.keys.media_id, legacy.keys.caption[0]) == (("_id.$oid", "id"), "caption")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FEEDLENS_LEGACY__KEYS__MEDIA", "id", "unknown 'media'; known are media_id,"),
        ("FEEDLENS_LEGACY__KEYS__CAPTION", ",", "caption needs one key or more"),
        ("FEEDLENS_LEGACY__REED", "true", "unknown 'reed'; known are read, write, url, keys"),
    ],
)
def test_keys_that_are_none_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError, match=message):
        load_settings()
