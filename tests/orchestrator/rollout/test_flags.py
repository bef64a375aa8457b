import pytest

from orchestrator.rollout.flags import Flags, WrittenFlags, check_percent, dump, parse, sources


@pytest.mark.parametrize(
    ("configured", "written", "in_force"),
    [(True, None, True), (True, True, True), (True, False, False), (False, True, False),
     (False, None, False), (False, False, False)],
)  # fmt: skip
def test_the_switch_is_on_where_both_say_so(
    configured: bool, written: bool | None, in_force: bool
) -> None:
    flags = WrittenFlags(use_multimodal_embeddings=written).over(Flags(configured))
    assert flags.use_multimodal_embeddings is in_force


def test_percentages_are_the_files_where_it_names_them() -> None:
    configured = Flags(True, 25.0, 5.0)
    assert WrittenFlags(percent=0).over(configured) == Flags(True, 0, 5.0)
    assert WrittenFlags(shadow_percent=7.5).over(configured) == Flags(True, 25.0, 7.5)
    assert WrittenFlags().over(configured) == configured


def test_where_flags_come_from() -> None:
    on, off = Flags(True), Flags(False)
    settings = dict.fromkeys(("use_multimodal_embeddings", "percent", "shadow_percent"), "settings")
    assert sources(WrittenFlags(), on) == settings
    assert sources(WrittenFlags(False, 1.0, 2.0), on) == dict.fromkeys(settings, "file")
    # The environment switched it off, whatever the file says.
    assert sources(WrittenFlags(True), off) == settings


@pytest.mark.parametrize(
    ("flags", "need"),
    [
        (Flags(), False),
        (Flags(False), True),
        (Flags(percent=99.9), True),
        (Flags(shadow_percent=0.1), True),
    ],
)
def test_which_flags_need_the_legacy_ranker(flags: Flags, need: bool) -> None:
    assert flags.need_legacy is need


def test_what_is_written_is_read() -> None:
    written = WrittenFlags(False, 12.5, None)
    assert dump(written) == '{\n  "use_multimodal_embeddings": false,\n  "percent": 12.5\n}\n'
    assert parse(dump(written)) == written
    assert parse("{}") == WrittenFlags()


def test_a_change_leaves_the_rest() -> None:
    written = WrittenFlags(False, 12.5, 3.0)
    assert written.changed(WrittenFlags(percent=0)) == WrittenFlags(False, 0, 3.0)
    assert written.changed(WrittenFlags(True)) == WrittenFlags(True, 12.5, 3.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is no JSON"),
        ('{"percent": 10', "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[10]", "it must be a JSON object"),
        (
            '{"percentage": 10}',
            "unknown 'percentage'; known are use_multimodal_embeddings, percent",
        ),
        ('{"percent": "10"}', "percent must be a number, not '10'"),
        ('{"percent": true}', "percent must be a number, not True"),
        ('{"percent": null}', "percent must be a number, not None"),
        ('{"percent": -0.1}', "percent must be between 0 and 100, not -0.1"),
        ('{"percent": 100.1}', "percent must be between 0 and 100"),
        ('{"shadow_percent": NaN}', "shadow_percent must be between 0 and 100, not nan"),
        ('{"shadow_percent": Infinity}', "shadow_percent must be between 0 and 100, not inf"),
        ('{"percent": 1' + "0" * 400 + "}", "percent must be between 0 and 100"),
        ('{"use_multimodal_embeddings": 1}', "must be true or false, not 1"),
        ('{"use_multimodal_embeddings": "off"}', "must be true or false, not 'off'"),
    ],
)
def test_flags_that_are_none(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_percentages_include_their_bounds() -> None:
    assert [check_percent(value) for value in (0, 33.3, 100.0)] == [0, 33.3, 100.0]
