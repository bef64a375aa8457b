import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.readings import letters, read_alike


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When the build\nis GREEN!", "whenthebuildisgreen"),
        ("  £ 12.50 — each ", "1250each"),
        ("Straße", "strasse"),
        ("\n.,;", ""),
    ],
)
def test_letters_and_digits_count(text: str, expected: str) -> None:
    assert letters(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("no", "no"),
        ("when the build is green", "When the bui1d is green"),
        ("when the build is green", "when thebuild is  green."),
        ("when the burn at last is green", "when the bum at last is green"),
        ("when the build is green", "when the build is gree"),
        ("nobody expects the spanish inquisition", "mobody expects the spamish inquisitien"),
        ("meet at 10 o'clock at the old bridge", "meet at lO o'clock at the old bridge"),
    ],
)
def test_what_ocr_may_make_of_one_text(one: str, other: str) -> None:
    assert read_alike(letters(one), letters(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "a caption"),
        ("no", "go"),
        ("when the build is green", "when the tests are green"),
        ("one does not simply walk into mordor", "one does not simply push to main"),
        ("one does not simply walk into mordor", "one does simply walk into mordor"),
        ("street party on 12 may at the old bridge", "street party on 19 may at the old bridge"),
        ("all rooms for 10 a night, breakfast free", "all rooms for 100 a night, breakfast free"),
        ("he said that she sells sea shells", "she said that he sells sea shells on the shore"),
        ("when the build is green", "green is the build when"),
        ("abcdefghijklmnop", "azcyexgwivkumtop"),
    ],
)
def test_what_is_another_text(one: str, other: str) -> None:
    assert not read_alike(letters(one), letters(other))


@given(st.text("ab1", max_size=40), st.text("ab1", max_size=40))
def test_symmetric(one: str, other: str) -> None:
    assert read_alike(one, other) == read_alike(other, one)


@given(st.text("abcdefghijkl", min_size=20, max_size=60), st.data())
def test_a_letter_that_is_misread_is_forgiven(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    assert read_alike(text, text[:at] + "z" + text[at + 1 :])
    assert read_alike(text, text[:at] + "0" + text[at + 1 :])


@given(st.text("abcdefghijkl", min_size=20, max_size=60), st.data())
def test_three_letters_that_differ_are_not(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 3))
    assert not read_alike(text, text[:at] + "xyz" + text[at + 3 :])
