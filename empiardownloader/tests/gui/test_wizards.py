"""The wizards in Scipion's real form, against the archive in miniature, by keyboard and mouse."""

import os
import signal
import threading
from pathlib import Path

import pytest

from empiardownloader import headless
from empiardownloader.demo.data.entries import build_demo_archive
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.tests.data.tilt_entries import build_tilt_archive

headless.prepare_environment()
os.environ.pop("MPLBACKEND", None)  # matplotlib's plain backend leaves Scipion without canvases
tk = pytest.importorskip("tkinter")

import pyworkflow.gui.project  # noqa: E402 (after the environment; before the form, which needs it)
from pyworkflow.gui import Window  # noqa: E402
from pyworkflow.gui.dialog import ExceptionDialog  # noqa: E402
from pyworkflow.gui.form import FormWindow  # noqa: E402
from tk_user import User  # noqa: E402

from empiardownloader.wizards import (  # noqa: E402
    EmpiarFilePatternWizard,
    EmpiarGainPathWizard,
    EmpiarImageSetWizard,
    EmpiarSeriesNamesWizard,
)
from empiardownloader.wizards.dialogs.entry import EntryDialog  # noqa: E402
from empiardownloader.wizards.dialogs.image import ImageDialog  # noqa: E402
from empiardownloader.wizards.dialogs.pattern import PatternDialog  # noqa: E402
from empiardownloader.wizards.dialogs.table import TableDialog  # noqa: E402
from empiardownloader.wizards.dialogs.wait import WaitDialog  # noqa: E402
from empiardownloader.wizards.series_names import SeriesDialog  # noqa: E402

GAIN = "data/Movies/CountRef_26_000_Oct04_16.13.54.mrc"
assert pyworkflow.gui.project


@pytest.fixture(scope="module")
def screen(display):
    """The virtual screen, for windows of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", display.name)
        yield


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The demo's archive: 10200 has twelve movies, their gain, and a set of particles."""
    root = tmp_path_factory.mktemp("archive")
    build_tilt_archive(build_demo_archive(root), [90105])
    with MiniatureArchive(root) as archive:
        yield archive


@pytest.fixture
def archive(served, monkeypatch):
    """The same without any fault, and nothing asked of it yet."""
    served.reset()
    served.forget_requests()
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    yield served
    os.kill(served.pid, signal.SIGCONT)  # a test may have left it standing still
    served.reset()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    here = Path.cwd()
    yield headless.open_project(f"wizards-{os.getpid()}")
    os.chdir(here)


@pytest.fixture(scope="module")
def main(screen):
    """A main window, as Scipion has one."""
    window = Window("main")
    yield window
    window.root.master.destroy()


@pytest.fixture
def user(main):
    return User(main.root.master)


@pytest.fixture
def form_of(main, project, archive):
    """Opens the protocol's form with some of its fields filled in."""
    opened = []

    def form(protocol=None, **parameters):
        given = {"entryId": "10200", "expertLevel": 1, **parameters}
        run = project.newProtocol(protocol or headless.protocol_class(), **given)
        opened.append(FormWindow("form", run, lambda *a, **k: None, main))
        opened[-1].root.deiconify()  # show() would be the main loop
        return opened[-1]

    yield form
    for window in opened:
        if window.root.winfo_exists():
            window.root.destroy()


def uses(user, wizard, form, script):
    user.does(lambda: wizard().show(form), script)


def shown(tree):
    return ["\t".join(str(value) for value in tree.item(row)["values"])
            for row in tree.get_children()]


def test_return_takes_the_image_set_that_is_chosen_at_first(user, form_of):
    form = form_of()

    def script():
        dialog = yield from user.sees(TableDialog)
        assert "Simulated movies in the layout of EMPIAR-10200" in user.texts(dialog)
        assert "Magnification: 37000 (EMD-90200)" in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "1"
    for field in ("samplingRate", "voltage", "sphericalAberration", "amplitudeContrast",
                  "magnification", "dosePerFrame"):
        assert form.protocol.getAttributeValue(field) is None, f"{field} is empty: the entry's"


def test_an_arrow_moves_to_the_next_image_set_and_tells_its_values(user, form_of):
    form = form_of()

    def script():
        dialog = yield from user.sees(TableDialog)
        yield from user.presses("Down", dialog)
        assert "contains: picked particles - single frame" in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "2"


def test_a_double_click_takes_a_row(user, form_of):
    form = form_of()

    def script():
        dialog = yield from user.sees(TableDialog)
        yield from user.double_clicks(dialog.tree, 1)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "2"


def test_a_window_that_stays_open_fails_its_test_and_hangs_none(main, form_of):
    impatient = User(main.root.master, patience=2)
    with pytest.raises(AssertionError, match="gave up; windows: "):
        uses(impatient, EmpiarImageSetWizard, form_of(), iter(()))


@pytest.mark.parametrize("way", ["Escape", "Cancel", "close"])
def test_who_cancels_the_table_changes_nothing(user, form_of, way):
    form = form_of(imageSet="2")

    def script():
        dialog = yield from user.sees(TableDialog)
        if way == "Escape":
            yield from user.presses("Escape", dialog)
        elif way == "close":
            dialog.tk.call(dialog.protocol("WM_DELETE_WINDOW"))
        else:
            [button] = [b for b in user.seen(tk.Button, dialog) if b["text"] == "Cancel"]
            button.focus_force()
            yield from user.presses("Up", dialog)
            yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "2"


def test_the_window_lives_while_a_slow_archive_is_waited_for(user, form_of, archive):
    form = form_of()
    archive.set(latency=5.0)

    def script():
        waiting = yield from user.sees(WaitDialog)
        user.longest = 0.0
        yield from says(user, waiting, "Asking EMPIAR for entry 10200")
        yield from says(user, waiting, "Asking EMDB for the microscope of EMPIAR-10200")
        assert user.longest < 4.0, "the windows stood still"
        dialog = yield from user.sees(TableDialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "1"


def says(user, window, text):
    while text not in user.texts(window):
        yield


@pytest.mark.parametrize("way", ["Escape", "Return", "close"])
def test_who_gives_up_waiting_changes_nothing_and_asks_no_more(user, form_of, archive, way):
    form = form_of(imageSet="2")
    os.kill(archive.pid, signal.SIGSTOP)
    before = set(threading.enumerate())

    def script():
        waiting = yield from user.sees(WaitDialog)
        if way == "close":
            waiting.tk.call(waiting.protocol("WM_DELETE_WINDOW"))
        else:
            yield from user.presses(way, waiting)
        yield from user.no_longer_sees(waiting)
        os.kill(archive.pid, signal.SIGCONT)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "2"
    assert not user.seen(TableDialog)
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive(), "the question outlives its window by its own time-outs only"
    assert not any("emdb" in request["path"] for request in archive.requests())


def test_a_second_click_on_the_wand_opens_no_second_window(user, form_of, archive):
    form = form_of()
    os.kill(archive.pid, signal.SIGSTOP)

    def script():
        yield from user.sees(WaitDialog)
        EmpiarImageSetWizard().show(form)
        assert len(user.seen(WaitDialog)) == 1
        os.kill(archive.pid, signal.SIGCONT)
        dialog = yield from user.sees(TableDialog)
        EmpiarFilePatternWizard().show(form)
        assert len(user.seen(TableDialog)) == 1
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarImageSetWizard, form, script())


@pytest.mark.parametrize("kind", [WaitDialog, TableDialog])
def test_a_form_that_is_closed_meanwhile_takes_the_wizard_with_it(user, form_of, archive, kind):
    form = form_of()
    os.kill(archive.pid, signal.SIGSTOP)

    def script():
        yield from user.sees(WaitDialog)
        if kind is TableDialog:
            os.kill(archive.pid, signal.SIGCONT)
        yield from user.sees(kind)
        form.root.destroy()
        os.kill(archive.pid, signal.SIGCONT)

    uses(user, EmpiarImageSetWizard, form, script())
    assert not user.seen(kind)
    assert not form.protocol.imageSet.get()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"entryId": "99999"}, "no released entry EMPIAR-99999"),
        ({"entryId": "my movies"}, "my movies"),
        ({"entryId": "10999"}, "is not public"),
    ],
)
def test_an_entry_that_cannot_be_had_is_told_in_a_sentence(user, form_of, parameters, sentence):
    form = form_of(**parameters)
    uses(user, EmpiarImageSetWizard, form, reads_error(user, sentence))
    assert not form.protocol.imageSet.get()


def reads_error(user, sentence):
    dialog = yield from user.sees(ExceptionDialog)
    said = user.texts(dialog)
    assert sentence in said
    assert "Traceback" not in said
    yield from user.presses("space", dialog)
    yield from user.no_longer_sees(dialog)


@pytest.mark.parametrize(
    "wizard", [EmpiarImageSetWizard, EmpiarFilePatternWizard, EmpiarGainPathWizard]
)
def test_without_a_network_each_wizard_says_so(user, form_of, monkeypatch, wizard):
    form = form_of(gainSource=1)
    monkeypatch.setenv("EMPIAR_FTP_URL", "ftp://127.0.0.1:9/nobody")
    for name in ("EMPIAR_API_URL", "EMPIAR_HTTPS_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/nobody")
    uses(user, wizard, form, reads_error(user, "Connection refused"))


def test_a_file_server_that_is_down_is_told_too(user, form_of, monkeypatch):
    form = form_of()
    monkeypatch.setenv("EMPIAR_HTTPS_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("EMPIAR_FTP_URL", "ftp://127.0.0.1:9/nobody")
    uses(user, EmpiarFilePatternWizard, form, reads_error(user, "127.0.0.1"))


def test_a_pattern_is_looked_at_before_it_is_taken(user, form_of):
    form = form_of(amountOfImages=5)

    def script():
        dialog = yield from user.sees(PatternDialog)
        assert len(shown(dialog.tree)) == 12
        assert "12 movies, 2.9 MB in total. This run downloads the first 5 (1.2 MB)." in (
            user.texts(dialog))
        dialog.pattern.insert(0, "*_00[1-3]_*.tif")
        dialog.pattern.focus_force()
        yield from user.presses("Return", dialog)
        while len(shown(dialog.tree)) != 3:
            yield
        assert "3 movies, " in user.texts(dialog)
        assert not form.protocol.filePattern.get(), "looked at, not yet taken"
        dialog.pattern.focus_force()
        yield from user.presses("Return", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())
    assert form.protocol.filePattern.get() == "*_00[1-3]_*.tif"


def test_a_pattern_that_matches_nothing_says_what_is_there_and_can_be_mended(user, form_of):
    form = form_of(filePattern="*.eer")

    def script():
        dialog = yield from user.sees(PatternDialog)
        assert "no file matches '*.eer'" in user.texts(dialog)
        assert not shown(dialog.tree)
        dialog.pattern.delete(0, "end")
        [button] = [b for b in user.seen(tk.Button, dialog) if b["text"] == "Preview"]
        button.invoke()
        while not shown(dialog.tree):
            yield
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())
    assert form.protocol.filePattern.get() == "*.eer", "Escape changes nothing"


def test_who_gives_up_looking_keeps_the_table_that_is_there(user, form_of, archive):
    form = form_of()

    def script():
        dialog = yield from user.sees(PatternDialog)
        archive.set(latency=2.0)
        dialog.pattern.insert(0, "*_001_*")
        dialog.pattern.focus_force()
        dialog.after(0, lambda: dialog.pattern.event_generate("<Return>"))
        waiting = yield from user.sees(WaitDialog)
        yield from user.presses("Escape", waiting)
        yield from user.no_longer_sees(waiting)
        assert len(shown(dialog.tree)) == 12
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())


def test_sizes_are_known_over_https_too(user, form_of):
    form = form_of(transport=2)

    def script():
        dialog = yield from user.sees(PatternDialog)
        assert "12 movies, 2.9 MB in total." in user.texts(dialog)
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())


def test_a_gain_reference_of_the_entry_is_taken_by_its_path(user, form_of):
    form = form_of(gainSource=1)

    def script():
        dialog = yield from user.sees(TableDialog)
        assert "without rotation and flipping" in user.texts(dialog)
        assert "found from the first three movies" in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarGainPathWizard, form, script())
    assert form.protocol.gainPath.get() == GAIN


def test_the_gains_wizard_tells_what_the_runs_movies_and_the_depositors_say(user, form_of, archive):
    form = form_of(gainSource=1)
    state = form.protocol._record()
    form.protocol.makePathsAndClean()
    state.saveEntry({"number": "10200"})
    state.saveGain([GAIN, False])
    state.savePreparedGain({"file": "extra/g.mrc", "notes": ["It lies right, as 3 movies show."]})

    def script():
        dialog = yield from user.sees(TableDialog)
        assert "In this run: It lies right, as 3 movies show." in user.texts(dialog)
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarGainPathWizard, form, script())


def test_an_entry_without_a_gain_reference_says_what_to_do(user, form_of):
    form = form_of(entryId="10002", gainSource=1)
    uses(user, EmpiarGainPathWizard, form, reads_error(user, "No gain reference was found"))


def test_for_a_local_gain_scipions_own_browser_opens(user, form_of):
    form = form_of(gainSource=2)

    def script():
        browsers = []
        while not browsers:
            yield
            browsers = [one for one in user.seen(tk.Toplevel) if one.title() == "Gain file"]
        browsers[0].destroy()

    uses(user, EmpiarGainPathWizard, form, script())


# -- what is wanted, and what is not ---------------------------------------------------------------


@pytest.mark.parametrize("parameters", [{"entryId": "10318"},
                                        {"entryId": "10318", "imageSet": "9"}])
def test_an_image_set_without_movies_is_never_preselected(user, form_of, parameters):
    form = form_of(**parameters)

    def script():
        dialog = yield from user.sees(TableDialog)
        assert "no image set of this entry is of the kind" in user.texts(dialog)
        assert not dialog.tree.selection()
        yield from user.presses("Return", dialog)
        assert dialog.winfo_exists(), "Return alone takes nothing"
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == parameters.get("imageSet", "")


def test_an_image_set_without_movies_is_taken_when_the_user_selects_it(user, form_of):
    form = form_of(entryId="10318")

    def script():
        dialog = yield from user.sees(TableDialog)
        yield from user.presses("Down", dialog)
        assert "contains: diffraction images" in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "1"


def test_the_table_has_images_frames_and_pixels(user, form_of):
    form = form_of()

    def script():
        dialog = yield from user.sees(TableDialog)
        headings = [dialog.tree.heading(column)["text"] for column in dialog.tree["columns"]]
        assert headings[3:6] == ["Images", "Frames", "Pixels"]
        assert shown(dialog.tree)[0].split("\t")[3:6] == ["12", "8", "256 x 256"]
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarImageSetWizard, form, script())


def test_an_image_set_that_the_entry_lacks_is_told_and_kept_until_another_is_selected(
    user, form_of
):
    form = form_of(imageSet="data/Nowhere")

    def script():
        dialog = yield from user.sees(TableDialog)
        assert "image set 'data/Nowhere' is not in this entry" in user.texts(dialog)
        yield from user.presses("Return", dialog)
        assert dialog.winfo_exists(), "Return alone replaces nothing"
        assert form.protocol.imageSet.get() == "data/Nowhere"
        yield from user.presses("Down", dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "1"


# -- other entries ---------------------------------------------------------------------------------


def test_another_entry_is_chosen_in_the_wizard_and_fields_of_the_first_are_cleared(user, form_of):
    form = form_of(imageSet="1", filePattern="*_001_*.tif", gainSource=1, gainPath=GAIN,
                   movieNames="26_001_Oct04_16.20.00")

    def script():
        dialog = yield from user.sees(EntryDialog)
        dialog.entry.set("EMPIAR-10511")
        dialog.entry.focus_force()
        yield from user.presses("Return", dialog)
        while "layout of EMPIAR-10511" not in user.texts(dialog):
            yield
        for name in ("'1' (Image set)", "'*_001_*.tif' (File pattern)", f"'{GAIN}' (Gain file)",
                     "'26_001_Oct04_16.20.00' (Movie names)"):
            assert f"{name} was entered for EMPIAR-10200: Select clears it." in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    values = [form.protocol.getAttributeValue(name)
              for name in ("entryId", "imageSet", "filePattern", "gainPath", "movieNames")]
    assert values == ["EMPIAR-10511", "1", "", "", ""]


def test_an_entry_typed_into_the_form_clears_what_was_entered_for_the_one_before(user, form_of):
    form = form_of(imageSet="2", filePattern="*.mrcs")

    def escapes():
        yield from user.presses("Escape", (yield from user.sees(EntryDialog)))

    def accepts():
        dialog = yield from user.sees(EntryDialog)
        assert "'*.mrcs' (File pattern) was entered for EMPIAR-10200" in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, escapes())
    assert form.protocol.filePattern.get() == "*.mrcs", "Escape changes nothing"
    form.setVar("entryId", "10002")
    uses(user, EmpiarImageSetWizard, form, accepts())
    assert form.protocol.filePattern.get() == ""
    assert form.protocol.imageSet.get() == "1"


def test_entries_that_were_looked_at_are_offered_the_newest_first(user, form_of):
    for number in ("10002", "10511"):
        uses(user, EmpiarImageSetWizard, form_of(entryId=number), escapes_from(user, EntryDialog))
    form = form_of()

    def script():
        dialog = yield from user.sees(EntryDialog)
        offered = [text.split()[0] for text in dialog.entry["values"]]
        assert offered[:3] == ["10200", "10511", "10002"]
        assert "layout of EMPIAR-10511" in dialog.entry["values"][1]
        dialog.entry.current(1)
        dialog.entry.event_generate("<<ComboboxSelected>>")
        while "EMPIAR-10511:" not in user.texts(dialog):
            yield
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.entryId.get() == "10511"


def escapes_from(user, kind):
    yield from user.presses("Escape", (yield from user.sees(kind)))


def test_the_entrys_web_page_is_opened(user, form_of, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    def script():
        dialog = yield from user.sees(EntryDialog)
        [button] = [b for b in user.seen(tk.Button, dialog) if b["text"] == "Open its web page"]
        button.invoke()
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarImageSetWizard, form_of(entryId="EMPIAR-10200"), script())
    assert opened == ["https://www.ebi.ac.uk/empiar/EMPIAR-10200/"]


# -- movies by name, and their images --------------------------------------------------------------


def test_a_pattern_that_matches_nothing_is_not_accepted(user, form_of):
    form = form_of()

    def script():
        dialog = yield from user.sees(PatternDialog)
        dialog.pattern.insert(0, "*.eer")
        [button] = [b for b in user.seen(tk.Button, dialog) if b["text"] == "Use this pattern"]
        button.invoke()  # looks first
        while shown(dialog.tree):
            yield
        button.invoke()
        assert dialog.winfo_exists()
        assert "No movie matches: change the pattern" in user.texts(dialog)
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())
    assert form.protocol.filePattern.get() == ""


NAMES = "26_002_Oct04_16.20.01.tif,26_004_Oct04_16.20.03.tif"


def test_movies_are_chosen_by_name(user, form_of):
    form = form_of(filePattern="*.tif", everyMovie=5)

    def script():
        dialog = yield from user.sees(PatternDialog)
        [button] = [b for b in user.seen(tk.Button, dialog)
                    if b["text"] == "Use the selected movies"]
        button.invoke()
        assert dialog.winfo_exists()
        assert "Select movies in the table first" in user.texts(dialog)
        dialog.tree.selection_set(["1", "3"])
        while "2 selected" not in user.texts(dialog):
            yield
        button.invoke()

    uses(user, EmpiarFilePatternWizard, form, script())
    assert choice_of(form) == ("*.tif", NAMES, 1)

    def looks_again():
        dialog = yield from user.sees(PatternDialog)
        assert dialog.tree.selection() == ("1", "3")
        assert "This run downloads 2 that the form names (about 48" in user.texts(dialog)
        [button] = [b for b in user.seen(tk.Button, dialog) if b["text"] == "Use this pattern"]
        button.invoke()

    uses(user, EmpiarFilePatternWizard, form, looks_again())
    assert choice_of(form) == ("*.tif", "", 1)


def choice_of(form):
    return tuple(form.protocol.getAttributeValue(name)
                 for name in ("filePattern", "movieNames", "everyMovie"))


@pytest.mark.parametrize(("protocol", "parameters"), [
    ("EmpiarDownloader", {"expertLevel": 0}),
    ("EmpiarMicrographs", {"entryId": "10017"}),
])
def test_in_a_form_that_shows_no_field_for_names_they_become_a_pattern(
    user, form_of, protocol, parameters
):
    from pyworkflow import Config

    form = form_of(Config.getDomain().getProtocols()[protocol], **parameters)

    def script():
        dialog = yield from user.sees(PatternDialog)
        buttons = {b["text"]: b for b in user.seen(tk.Button, dialog)}
        assert "Use one movie in so many" not in buttons
        dialog.tree.selection_set(["0", "2"])
        script.names = [dialog.tree.item(row)["values"][1].split("/")[-1] for row in "02"]
        buttons["Use the selected movies"].invoke()

    uses(user, EmpiarFilePatternWizard, form, script())
    assert form.protocol.filePattern.get() == ",".join(script.names)
    assert form.protocol.amountOfImages.get() == 2


def test_one_movie_in_so_many_is_selected(user, form_of):
    form = form_of()

    def script():
        dialog = yield from user.sees(PatternDialog)
        dialog.step.delete(0, "end")
        dialog.step.insert(0, "5")
        dialog.every.invoke()
        assert dialog.tree.selection() == ("0", "5", "10")
        [button] = [b for b in user.seen(tk.Button, dialog)
                    if b["text"] == "Use one movie in so many"]
        dialog.step.delete(0, "end")
        button.invoke()
        assert "Enter a number from 1" in user.texts(dialog)
        dialog.step.insert(0, "3")
        button.invoke()

    uses(user, EmpiarFilePatternWizard, form, script())
    assert choice_of(form) == ("", "", 3)


def test_a_movies_preview_image_is_shown_before_the_download(user, form_of, archive):
    form = form_of()

    def script():
        dialog = yield from user.sees(PatternDialog)
        assert dialog.image["state"] == "disabled", "nothing is selected yet"
        dialog.tree.selection_set("2")
        while dialog.image["state"] != "normal":
            yield
        # invoke() returns when the image's window is closed.
        dialog.after(0, dialog.image.invoke)
        image = yield from user.sees(ImageDialog)
        assert image.title() == "26_003_Oct04_16.20.02.tif.jpg"
        assert image.photo.width() > 1
        yield from user.presses("Return", image)
        yield from user.no_longer_sees(image)
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())
    assert form.protocol.filePattern.get() == ""


def test_a_preview_that_is_no_image_is_a_sentence(user, form_of, archive, monkeypatch):
    monkeypatch.setattr("empiardownloader.wizards.file_pattern.askPreview", lambda *a: b"<html>")
    form = form_of()

    def script():
        dialog = yield from user.sees(PatternDialog)
        dialog.tree.selection_set("2")
        while dialog.image["state"] != "normal":
            yield
        dialog.after(0, dialog.image.invoke)
        yield from reads_error(user, "This preview cannot be shown")
        yield from user.presses("Escape", dialog)

    uses(user, EmpiarFilePatternWizard, form, script())


# -- tilt series -----------------------------------------------------------------------------------


@pytest.fixture
def tilt_series():
    pytest.importorskip("tomo")
    from pyworkflow import Config

    return Config.getDomain().getProtocols()["EmpiarTiltSeries"]


def test_an_image_set_of_tilt_series_is_selected_for_tilt_series(user, form_of, tilt_series):
    form = form_of(tilt_series, entryId="90105")

    def script():
        dialog = yield from user.sees(EntryDialog)
        assert dialog.tree.selection() == ("0",)
        assert "According to EMPIAR this image set contains" not in user.texts(dialog)
        yield from user.presses("Return", dialog)

    uses(user, EmpiarImageSetWizard, form, script())
    assert form.protocol.imageSet.get() == "1"


def test_tilt_series_are_chosen_by_name(user, form_of, tilt_series):
    form = form_of(tilt_series, entryId="90105")

    def script():
        dialog = yield from user.sees(SeriesDialog)
        names = [row.split("\t")[0] for row in shown(dialog.tree)]
        assert len(names) > 1
        yield from user.presses("Return", dialog)
        assert dialog.winfo_exists(), "none is selected yet"
        dialog.tree.selection_set(["0", "1"])
        yield from user.presses("Return", dialog)
        script.names = ",".join(names[:2])

    uses(user, EmpiarSeriesNamesWizard, form, script())
    assert form.protocol.seriesNames.get() == script.names
