"""The name of a run in Scipion's window."""

import pytest

from empiardownloader.run.run_name import name_of_run

DEFAULT = "empiardownloader - empiar downloader"


@pytest.mark.parametrize(("label", "shown"), [
    (DEFAULT, "EMPIAR-10200 import movies"),
    (f"{DEFAULT} (2)", "EMPIAR-10200 import movies (2)"),
    (f" {DEFAULT} (13) ", "EMPIAR-10200 import movies (13)"),
    # Copies: Scipion makes their label of the name that was shown.
    ("EMPIAR-10511 import movies (copy)", "EMPIAR-10200 import movies (copy)"),
    ("EMPIAR-10511 set 2 import movies (2) (copy 3)", "EMPIAR-10200 import movies (2) (copy 3)"),
    ("apoferritin, first day", "apoferritin, first day"),
    ("movies from EMPIAR", "movies from EMPIAR"),
    (f"{DEFAULT} of mine", f"{DEFAULT} of mine"),
    ("", ""),
])
def test_only_a_label_that_nobody_has_chosen_is_replaced(label, shown):
    assert name_of_run(label, DEFAULT, "movies", "10200", "") == shown


@pytest.mark.parametrize(("entry", "image_set", "shown"), [
    ("EMPIAR-10164", "", "EMPIAR-10164 import tilt series"),
    ("rsync://ftp.ebi.ac.uk/empiar/world_availability/10164/data", "",
     "EMPIAR-10164 import tilt series"),
    ("10164", "2", "EMPIAR-10164 set 2 import tilt series"),
    ("10164", "data/frames of a long name", "EMPIAR-10164 import tilt series"),
    ("", "", DEFAULT),
    ("my data", "", DEFAULT),
])
def test_the_entry_is_named_and_an_image_set_by_its_number(entry, image_set, shown):
    assert name_of_run(DEFAULT, DEFAULT, "tilt series", entry, image_set) == shown


def test_the_name_fits_scipions_boxes():
    # Scipion cuts what is longer than 40 characters.
    assert len(name_of_run(f"{DEFAULT} (2)", DEFAULT, "movies", "10200", "2")) <= 40
