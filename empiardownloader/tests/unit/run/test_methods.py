"""The sentence on the gain reference in the text of Methods."""

import pytest

from empiardownloader.run.gain_preparation import PreparedGain
from empiardownloader.run.methods import gainText

TURNED = "turned by 180°, binned by two"


@pytest.mark.parametrize(
    "name, prepared, text",
    [
        ("", None, ""),
        ("data/a.mrc", None, ""),
        ("data/a.mrc", PreparedGain(""), ""),  # not set, as it does not fit
        ("data/a.mrc", PreparedGain("x/a.mrc"), " Their gain reference is a.mrc, as it is."),
        ("/b/a.dm4", PreparedGain("x/a_oriented.mrc", evidence="movies", changes=TURNED),
         f" Their gain reference is a.dm4, {TURNED}, as the movies show."),
        ("a.dm4", PreparedGain("x/a_oriented.mrc", evidence="title", changes="turned by 180°"),
         " Their gain reference is a.dm4, turned by 180°, as r/f of the movies says."),
    ],
)  # fmt: skip
def test_the_gain_is_said_with_what_was_done_to_it(name, prepared, text):
    assert gainText(name, prepared and prepared.stored()) == text


def test_a_run_of_an_earlier_version_did_not_keep_the_changes():
    stored = PreparedGain("x/a_oriented.mrc", evidence="movies").stored()
    del stored["changes"]
    assert gainText("a.mrc", stored) == " Their gain reference is a.mrc."
