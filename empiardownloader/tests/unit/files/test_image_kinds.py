import pytest

from empiardownloader.files.aligned_names import looks_aligned
from empiardownloader.files.image_kinds import (
    declared_kinds,
    image_kind,
    is_file_name,
    name_words,
    split_extension,
)
from empiardownloader.files.reference_names import exclusion_reason, is_gain_name


@pytest.mark.parametrize(
    "name, kind",
    [
        ("a.mrc", "mrc"),
        ("a.MRC", "mrc"),
        ("a.mrcs", "mrcs"),
        ("a.tif", "tiff"),
        ("a.TIFF", "tiff"),
        ("a.eer", "eer"),
        ("a.dm4", "dm4"),
        ("a.hdf", "hdf"),
        ("a.hdf5", "hdf"),
        ("a.mrc.bz2", "mrc"),
        ("a_fractions.tiff.BZ2", "tiff"),
        ("a.tif.gz", "tiff"),
        ("a.b.c.-0.0.tif", "tiff"),
        ("a.tif.jpg", None),
        ("a.mrc.mdoc", None),
        ("a.mrcx", None),
        ("a.mrc.tar", None),
        ("a.tar.bz2", None),
        ("NOTE", None),
        ("mrc", None),
        ("a.mrc\n", None),
        ("a.mrc\u017f", None),
        ("a.dm3", None),
        ("", None),
    ],
)
def test_the_last_extension_says_which_kind_of_image_a_file_is(name, kind):
    assert image_kind(name) == kind


@pytest.mark.parametrize(
    "name, reason",
    [
        ("CountRef_26_000_Oct04_16.13.54.mrc", "gain reference"),
        ("CountRef.dm4", "gain reference"),
        ("SuperRef_sq05_3.mrc", "gain reference"),
        ("CountCDSRef_2021-10-03_05.10.16_x.mrc", "gain reference"),
        ("SuperCDSRef_x.mrc", "gain reference"),
        ("norm-amibox05-0.mrc", "gain reference"),
        ("14sep05c_norm_0.mrc", "gain reference"),
        ("gain.mrc", "gain reference"),
        ("Gain.MRC", "gain reference"),
        ("gain_ref.mrc", "gain reference"),
        ("gainref.mrc", "gain reference"),
        ("gainRefer.tif", "gain reference"),
        ("gain-reference.mrc", "gain reference"),
        ("gain_20160205.dm4", "gain reference"),
        ("K3Gain2.tif", "gain reference"),
        ("FoilHole_1_gain.tiff.bz2", "gain reference"),
        ("FoilHole_1_gain.tiff", "gain reference"),
        ("20220301_EER_GainReference.gain", "gain reference"),
        ("20220301.gain", "gain reference"),
        ("flatfield.mrc", "gain reference"),
        ("defects_x.tif", "defect map"),
        ("defects.tif", "defect map"),
        ("CountDefects_2.mrc", "defect map"),
        ("hot_pixels.tif", "defect map"),
        ("dark.mrc", "dark reference"),
        ("x_DarkRef_1.dm4", "dark reference"),
        ("dark_gain.mrc", "dark reference"),
        ("a.tif.jpg", "preview image"),
        ("gain.tif.png", "preview image"),
        ("a.MRC.JPG", "preview image"),
        ("CountDefects_x.txt", "text file"),
        ("a.mrc.mdoc", "text file"),
        ("._a.tif", "hidden file"),
        (".DS_Store", "hidden file"),
        ("GridSquare_20201106_115932.mrc", "overview image"),
        ("Atlas_1.mrc", "overview image"),
    ],
)
def test_what_can_be_no_movie_is_known_by_its_name(name, reason):
    assert exclusion_reason(name) == reason


@pytest.mark.parametrize(
    "name",
    [
        "normal_cell_001.tif",
        "norm_cell_x.tif",
        "normoxia_1.tif",
        "againstX.tif",
        "try_again_2.tif",
        "regain.mrc",
        "darkfield_001.tif",
        "dark_field_001.tif",
        "DarkField_1.tif",
        "darkness.mrc",
        "Darkmatter_1.mrc",
        "reference_cell_001.tif",
        "account_ref_1.tif",
        "prefix_001.tif",
        "GAIN_domain_001.tif",
        "movie_gain_corrected.tif",
        "x_gain_normalized_1.mrc",
        "nogain_1.tif",
        "x_no_gain_1.tif",
        "100_movie_gc.mrcs",
        "undefected.tif",
        "GridSquare_6089277_1.tif",
        "FoilHole_1_Data_2_Fractions.mrc",
        "TS_026_001_-0.0.tif",
        "tomo (1) [a].mrc",
        "a\u00efn.mrc",
        "raw00001.dat",
        "NOTE",
    ],
)
def test_an_ordinary_name_may_be_a_movie(name):
    assert exclusion_reason(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "arcitica_1540_DW.mrc",
        "ha_00001-s-DW.mrc",
        "x_noDW.mrc",
        "x_dw.mrc",
        "stack_0002_2x_SumCorr.mrc",
        "FoilHole_1_frames_SumCorr.mrc",
        "HCN1apo_0008_2xaligned.mrc",
        "x_aligned.mrc",
        "x_ali_DW.mrc",
        "stack_0001_2x_dfpt.mrc",
        "x_Fractions_patch_aligned.mrc",
        "x_EER_patch_aligned_doseweighted.mrc",
        "x_DoseWeighted.mrc",
        "x_dose-weighted.mrc",
        "x_motioncorrected.mrc",
        "x_MotionCor2.mrc",
        "May08_03.05.02.bin.mrc",
        "14sep05c_00024sq_00003hl_00002es-a.mrc",
    ],
)
def test_the_name_of_an_aligned_sum_is_known(name):
    assert looks_aligned(name)


@pytest.mark.parametrize(
    "name",
    [
        "x_unaligned.mrc",
        "DW_001.mrc",
        "Ali_001.tif",
        "sum_001.tif",
        "x_un-aligned.mrc",
        "x_notAligned.mrc",
        "dwarf_1.tif",
        "Alice_1.tif",
        "alignment_1.tif",
        "summer_1.tif",
        "x-a.mrc",
        "x_Fractions.mrc",
        "x_frames.mrc",
        "robin.mrc",
        "x_EER.eer",
    ],
)
def test_an_ordinary_name_is_not_taken_for_an_aligned_sum(name):
    assert not looks_aligned(name)


@pytest.mark.parametrize(
    "data_format, kinds",
    [
        ("MRC", ("mrc", "mrcs")),
        ("mrcs ", ("mrcs", "mrc")),
        ("TIFF", ("tiff",)),
        ("EER", ("eer",)),
        ("DM4", ("dm4",)),
        ("BIG DATA VIEWER HDF5", ("hdf",)),
        ("SPIDER", ()),
        ("", ()),
    ],
)
def test_a_declared_format_stands_for_kinds_of_file(data_format, kinds):
    assert declared_kinds(data_format) == kinds


@pytest.mark.parametrize(
    "name, stem, extension",
    [
        ("a.mrc", "a", ".mrc"),
        ("a.mrc.bz2", "a", ".mrc.bz2"),
        ("a.x.bz2", "a.x", ".bz2"),
        ("a_0.0.TIF", "a_0.0", ".TIF"),
        ("NOTE", "NOTE", ""),
        (".tif", ".tif", ""),
        (".mrc.bz2", ".mrc.bz2", ""),
        ("a.b c", "a.b c", ""),
        ("a.", "a.", ""),
    ],
)
def test_a_packed_image_has_a_double_extension(name, stem, extension):
    assert split_extension(name) == (stem, extension)


@pytest.mark.parametrize(
    "name, words",
    [
        ("CountCDSRef_26", "count cds ref 26"),
        ("gainRefer", "gain refer"),
        ("2xaligned", "2 xaligned"),
        ("mdoc-files", "mdoc files"),
        ("a\u00efn", "a n"),
    ],
)
def test_words_end_at_digits_signs_and_inner_capitals(name, words):
    assert name_words(name) == words


@pytest.mark.parametrize(
    "name, is_gain",
    [
        ("gain.mrc", True),
        ("gain.dm4.gz", True),
        ("x.gain", True),
        ("gain.raw", False),
        ("gain.txt", False),
        ("gain.tif.jpg", False),
        ("dark.mrc", False),
        ("defects.tif", False),
        ("movie.tif", False),
    ],
)
def test_a_gain_has_the_name_and_the_format_of_one(name, is_gain):
    assert is_gain_name(name) is is_gain


@pytest.mark.parametrize(
    "name, is_file",
    [("a.tif", True), ("a.tif.jpg", True), ("x.gain", True), ("a.mdoc", True), ("Movies", False),
     ("2021-10-03_05.16", False), ("latest", False)],
)  # fmt: skip
def test_a_link_of_a_known_extension_is_taken_for_a_file(name, is_file):
    assert is_file_name(name) is is_file
