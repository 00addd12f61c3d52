"""Real entries' trees in miniature, in the shapes that were seen at EMPIAR.

A block is an entry: its number, the image set's directory and format, then a path a line with a
mark before it. M a movie that must be offered, in this order; G the gain reference that must come
first, g another gain; - anything else; = the end of a movie's path and its local name. {1-3}
stands for three paths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Sequence

_NUMBERS = re.compile(r"\{([0-9]+)-([0-9]+)\}")


@dataclass(frozen=True)
class Layout:
    """One entry: its image set as the archive describes it, and the marked lines of its tree."""

    entry: str
    directory: str
    data_format: str
    lines: Sequence[str]

    def paths(self, marks: str = "MGg-") -> List[str]:
        """Return the paths that have one of these marks, in order."""
        lines = [line.split(" ", 1) for line in self.lines]
        return [path for mark, text in lines if mark in marks for path in _spread(text)]

    @property
    def names(self) -> Dict[str, str]:
        """The local names that are expected of some paths, by the ends of these."""
        pairs = [line[2:].partition(" -> ") for line in self.lines if line.startswith("= ")]
        return {path: name for path, _, name in pairs}


def _spread(text: str) -> List[str]:
    found = _NUMBERS.search(text)
    if not found:
        return [text]
    first, last = found.groups()
    numbers = range(int(first), int(last) + 1)
    filled = [text.replace(found.group(), str(number).zfill(len(first))) for number in numbers]
    return [path for one in filled for path in _spread(one)]


def _layout(block: str) -> Layout:
    title, *lines = block.strip().splitlines()
    entry, directory, data_format = (part.strip() for part in title.lstrip("#").split("|"))
    return Layout(entry, directory, data_format, lines)


_TABLE = """
# 10002 | data | MRCS
- 10002.xml
M data/{98-103}_movie_gc.mrcs
M data/{105-106}_movie_gc.mrcs
= data/100_movie_gc.mrcs -> 100_movie_gc.mrcs

# 10003 | data/full_set | SPIDER
- data/full_set/raw{00001-00003}.dat

# 10005 | data/micrographs/summed_frames | MRC
M data/micrographs/summed_frames/stack_{0002-0004}_2x_SumCorr.mrc

# 10012 | data | MRC
M data/BGal_{000263-000266}.mrc
- data/BGal_000263.star

# 10017 | data | MRC
- data/Falcon_2012_06_12-14_33_35_0.coord
M data/Falcon_2012_06_12-14_33_35_0.mrc
- data/Falcon_2012_06_12-15_07_41_0.coord
M data/Falcon_2012_06_12-15_07_41_0.mrc

# 10025 | data/14sep05c_raw_196 | MRC
- data/14sep05c_aligned_196/14sep05c_00024sq_00003hl_00002es-a.mrc
M data/14sep05c_raw_196/14sep05c_00024sq_00003hl_0000{2-5}es.frames.mrc
G data/14sep05c_raw_196/norm-amibox05-0.mrc

# 10026 | data | MRC
- data/pictures/map {1-2}.jpg
M data/stacks/run1_{0001-0004}.mrcs
= data/stacks/run1_0001.mrcs -> stacks_run1_0001.mrcs

# 10028 | data | MRCS
M data/part1/{001-003}.mrcs
M data/part2/{001-003}.mrcs
= data/part1/001.mrcs -> part1_001.mrcs
= data/part2/001.mrcs -> part2_001.mrcs

# 10045 | data/ribosomes | MRCS
- data/ribosomes/README.txt
M data/ribosomes/Tomograms/11/IS002_291013_{011-012}.mrcs
M data/ribosomes/Tomograms/12/IS002_291013_013.mrcs

# 10059 | data/micrographs | MRC
M data/micrographs/stack_{0001-0003}_2x_dfpt.mrc

# 10061 by its movies | data/Movies | MRC
- data/Micrographs/EMD-2984_{0000-0003}.mrc
M data/Movies/EMD-2984_{0000-0003}_frames.mrc

# 10061 by its data | data | MRC
- data/Micrographs/EMD-2984_{0000-0003}.mrc
M data/Movies/EMD-2984_{0000-0003}_frames.mrc
= data/Movies/EMD-2984_0000_frames.mrc -> Movies_EMD-2984_0000_frames.mrc

# 10064 | data | MRC
M data/mixedCTEM_tomo{3-5}.mrc

# 10075 | data/MS2_summed_images | MRC
M data/MS2_summed_images/FoilHole_1928_Data_55{10-12}_frames_SumCorr.mrc

# 10076 | data | MRC
- data/Frealign9Parameter_0_r1.par
M data/L17Combine_weight_local_{1-3}.mrc

# 10077 | data/Micrographs_part1 | MRC
M data/Micrographs_part1/sb1_210512 pos 10 {1-2}-1_1.mrc

# 10081 | data/micrographs | MRC
M data/micrographs/HCN1apo_{0008-0010}_2xaligned.mrc

# 10093 | data/NOMPC | MRC
M data/NOMPC/nompc_{0101-0103}_SumCorr_DW.mrc

# 10096 | data | TIFF
- data/Dose-Weighted-Micrographs/ha_{00001-00003}-s-DW.mrc
M data/Untilted-movies/ha_{00001-00003}.frames.tif

# 10146 | data | MRC
M data/May08_03.05.{02-04}.bin.mrc

# 10164 | data/frames | MRC
- data/mdoc-files/TS_01.mrc.mdoc
M data/frames/TS_01_000_0.0.mrc
M data/frames/TS_01_001_3.0.mrc
M data/frames/TS_01_002_-3.0.mrc
M data/frames/TS_01_010_-15.0.mrc

# 10192 | data | MRC
M data/FoilHole_21756216_Data_{1-3}_Fractions.mrc

# 10196 | data/Dataset0 | TIFF
- data/NOTE
M data/Dataset0/sq05_{30000-30003}_movie.tif
G data/Dataset0/SuperRef_sq05_3.mrc

# 10200 | data/Movies | TIFF
- 10200.xml
G data/Movies/CountRef_26_000_Oct04_16.13.54.mrc
M data/Movies/apo_{26-29}_000_Oct04_16.13.54.tif

# 10204 | data | TIFF
- 10204.xml
G data/Movies/gain.mrc
M data/Movies/20170630_3_{00021-00024}_frameImage.tif
= data/Movies/20170630_3_00021_frameImage.tif -> 20170630_3_00021_frameImage.tif

# 10227 | data/US1363_G1 | MRC
M data/US1363_G1/14nov13a_tilt/14nov13a__{001-003}.mrc.bz2
= data/US1363_G1/14nov13a_tilt/14nov13a__001.mrc.bz2 -> 14nov13a__001.mrc.bz2

# 10288 | data | TIFF
M data/CB1__{00004-00006}_Feb18_23.33.18.tif
G data/CountRef_CB1__00000_Feb18_23.26.46.dm4

# 10305 | data | TIFF
M data/TMV_{001-004}_Sep18.tif
G data/SuperRef_TMV_001_Sep18.dm4

# 10309 | data/Movies | TIFF
M data/Movies/FoilHole_24156969_Data_24154827_24154828_20170425_{0847-0849}_Fractions.tif

# 10314 with one data too few | data/micrographs/Part1 | TIFF
M data/data/micrographs/Part1/FoilHole_1_Data_{1-3}_Fractions.tif
- data/data/micrographs/Part2/FoilHole_2_Data_{1-3}_Fractions.tif

# 10318 | data | SMV
- data/crystal{1-3}.zip

# 10340 | data/Movies/Case2 | MRC
- data/Micrographs/Case{1-2}/a_{1-2}.mrc
- data/Movies/Case1/a_{1-2}.mrcs
M data/Movies/Case2/a_{1-2}.mrcs

# 10345 | data/Micrographs_18jam15a | MRC
M data/Micrographs_18jam15a/x_{1-3}_ali_DW.mrc

# 10352 | data | TIFF
G data/gain.mrc
M data/b_{1-3}.tif

# 10387 | data/Sums | MRC
M data/Sums/19jun_{00011-00013}enn-b-DW.mrc

# 10389 | data/frames | MRC
M data/frames/u_{001-003}.mrc
- data/gain/dark_u.mrc
G data/gain/u_2.mrc
g data/gain/u_1.mrc
- data/other/v_1.mrc

# 10406 | data/acinetobacter_baumannii_ribosome_amikacin | MRC
M data/acinetobacter_baumannii_ribosome_amikacin/micrographs/FoilHole_1-608{51-53}.mrc

# 10437 | data/particles/MSP1_altconf5 | MRCS
M data/particles/MSP1_altconf5/p_{1-2}.mrcs

# 10444 | data/Movies/Dataset0 | TIFF
G data/Movies/Dataset0/CountRef_atp_36_0000_Apr12_10.22.01.mrc
M data/Movies/Dataset0/atp_106-1_{0005-0007}_Apr13_19.10.22.tif
- data/Movies/Dataset1/atp_7-1_0005_Apr14_19.10.22.tif

# 10491 | data/movies | TIFF
M data/movies/a_{1-3}.tif
G data/norm-a-0.mrc

# 10499 | frames | TIFF
G frames/TS_1/K2-0001.dm4
M frames/TS_1/TS_1_{001-002}_0.0.tif
- frames/TS_2/K2-0002.dm4
M frames/TS_2/TS_2_{001-002}_0.0.tif
= frames/TS_1/TS_1_001_0.0.tif -> TS_1_TS_1_001_0_0.tif

# 10511 | data | MRC
- 10511.xml
M data/FoilHole_3402467_Data_3403658_3403660_20200304_153825-2578{11-14}.mrc
G data/gain-reference.mrc

# 10532 | data/02_Aligned_Micrographs | MRC
M data/02_Aligned_Micrographs/motioncorrected/x_{1-3}_Fractions_patch_aligned.mrc
= motioncorrected/x_1_Fractions_patch_aligned.mrc -> x_1_Fractions_patch_aligned.mrc

# 10576 | data | TIFF
M data/Nuc197_scFv_68-10_Oct16_22.22.{39-41}.tif
G data/SuperRef_Nuc197_scFv_86_Oct16_17.07.34.dm4

# 10590 | data/micrographs | MRC
M data/micrographs/arcitica20170724/WTcomplex_GraFix_15{40-42}_DW.mrc

# 10633 | data/rawframes | TIFF
M data/rawframes/ts_004_037_-57.0.tif
M data/rawframes/ts_004_038_57.0.tif
= data/rawframes/ts_004_037_-57.0.tif -> ts_004_037_-57_0.tif

# 10737 | data | TIFF
M data/z_{1-4}.tif
G data/calibration/z_gain.mrc

# 10791 | data | TIFF
M data/9428 Lean Fasted/Grid 1/TS_{1-2}.tif
M data/9430 Lean Refed/Grid 1/TS_{1-2}.tif

# 10816 | data/tiffs | TIFF
M data/tiffs/tiffs_1to1729/TAP_ICP47_JF0216_{1-2}.tif
G data/tiffs/tiffs_1to1729/gain_20160205.dm4
M data/tiffs/tiffs_1730to3875/TAP_ICP47_JF0216_{1730-1732}.tif
- data/tiffs/tiffs_1730to3875/gain_20160205.dm4

# 10828 | data/delta-LIT_raw_images | TIFF
M data/delta-LIT_raw_images/200721_dLIT_QF_krios_{00009-00012}.tiff

# 10852 | data | TIFF
M data/20210209_133-1_{001-003}.tif
G data/CountRef_20210209_133-1_000.mrc

# 10877 | data/All_movies | MRC
- data/Star files/x.star
M data/All_movies/m_{1-3}.tiff

# 10934 | /data/CL44-1_20201106 | TIFF
- 10934.xml
M data/CL44-1_20201106/Images-Disc1/GridSquare_6089277/Data/FoilHole_{1-3}_fractions.tiff.bz2
G data/CL44-1_20201106/Images-Disc1/GridSquare_6089277/Data/FoilHole_1_gain.tiff.bz2
- data/CL44-1_20201106/Images-Disc1/GridSquare_6089277/GridSquare_20201106_115932.mrc
M data/CL44-1_20201106/Images-Disc1/GridSquare_6089300/Data/FoilHole_{1-3}_fractions.tiff.bz2
- data/CL44-1_20201106/Images-Disc1/GridSquare_6089300/Data/FoilHole_1_gain.tiff.bz2
- data/CL44-1_20201106/Images-Disc1/GridSquare_6089300/FoilHoles/FoilHole_1.mrc
= 77/Data/FoilHole_1_fractions.tiff.bz2 -> GridSquare_6089277_Data_FoilHole_1_fractions.tiff.bz2

# 10943 | data | EER
- data/aligned/x_{1-3}_EER_patch_aligned.mrc
M data/raw/x_{1-3}_EER.eer

# 10947 | data/patch-aligned-dose-weighted | MRC
M data/patch-aligned-dose-weighted/x_{1-3}_EER_patch_aligned_doseweighted.mrc
- data/raw/x_{1-3}_EER.eer

# 10988 with folders between | data/frames | TIFF
G data/DEF/frames/CountRef.dm4
M data/DEF/frames/TS_026_001_-0.0.tif
M data/DEF/frames/TS_026_002_2.0.tif
- data/DEF/metadata/TS_026.st
- data/DEF/tomograms/TS_026.rec
- data/VPP/frames/CountRef_TS_0001_0004_plus_0010.dm4
- data/VPP/frames/CountRef_TS_0005_0008.dm4
M data/VPP/frames/TS_0001_001_0.0.tif
- data/VPP/labels/TS_0001.mrc
= data/VPP/frames/TS_0001_001_0.0.tif -> VPP_frames_TS_0001_001_0_0.tif

# 10989 | data/frames | TIFF
G frames/CountRef_TS_011_012.dm4
g frames/CountRef_0004.dm4
M frames/TS_011_{001-003}.tif

# 10994 | data | DM4
M data/cell_3VBSED_slice_{0000-0003}.dm4

# 11029 | data | TIFF
M data/q_{1-12}.tif

# 11051 | data | MRC
M data/FoilHole_13633928_Data_13603723_13603725_20191214_0949-429{19-21}.mrc
G data/gain.mrc

# 11057 | data/Movie5 | TIFF
M data/Movie5/2021-10-03_05.16.23_210922_2_5_230-2_{0016-0018}.tif
G data/Movie5/CountCDSRef_2021-10-03_05.10.16_210922_2_5_230-2_0001.mrc

# 11058 | data/tomo/raw_stacks | TIFF
M data/tomo/raw_stacks/2020-10-22/frames/batch_tomo_03_{6-7}_056_48.0_Oct22_23.02.48.tif

# 11078 | data | MRC
M data/Tomo9/raw_data/raw_frames/t9_{001-003}.mrc.bz2
- data/Tomo12/aligned_frames/t12_{001-003}.mrc

# 11084 | data/190704_kato2/movies | TIFF
M data/190704_kato2/movies/k_{1-3}.tif

# 11119 | data/data | TIFF
G data/CountRef_gpcr_190808no17_99-1_0000_Aug16_15.53.48.mrc
M data/data/gpcr_190808no17_99-1_{0000-0003}_Aug16_15.53.48.tif
- data/data/gpcr_190808no17_99-1_{0000-0002}_Aug16_15.53.48.tif.jpg

# 11139 | data/job008 | TIFF
- data/job008/job.star
M data/job008/Raw_data/r_{1-3}.tif

# 11244 | data | TIFF
M data/data/FoilHole_{1-3}_fractions.tiff

# 11387 | data/Enp1TAP_Movies_1 | TIFF
M data/Enp1TAP_Movies_1/2022-03-08_17.48.14_GP162-2_{253-255}_000.tif

# 11419 | data/HeLa | TIFF
M data/HeLa/cell 1 (slice {1-3}).tif

# 11487 | data | EER
M data/FoilHole_{1-3}_EER.eer
G data/20220301_EER_GainReference.gain

# 11561 | data/211206/data | TIFF
G data/211206/data/CountRef.mrc
M data/211206/data/frames/f_{1-3}.tif
- data/211208/data/CountRef.mrc
- data/211208/data/frames/f_{1-3}.tif
= data/211206/data/frames/f_1.tif -> frames_f_1.tif

# 11658 | data | EER
M data/run_{1-2}/frames/p_{1-2}.eer
G data/run_1/20220101_120000.gain
- data/run_2/20220102_120000.gain

# 11756 | data/tomoman_minimal_project | EER
- data/tomoman_minimal_project/run_1/run_1.mdoc
G data/tomoman_minimal_project/run_1/x.gain
M data/tomoman_minimal_project/run_1/frames/run_1_{1-3}_EER.eer

# 11813 declared wrongly | data | TIFF
M data/w_{1-4}.mrc

# 11890 declared wrongly | data | MRC
M data/w_{1-4}.tif

# 12017 | data | EER
M data/9428 Lean Fasted/TS 1/frames/a_{1-2}.eer
M data/9428 Lean Fasted/TS 2/frames/a_{1-2}.eer

# 12534 | data/EMPIAR_upload/Frames | TIFF
M data/EMPIAR_upload/Frames/t_{1-3}.tif

# 12567 | data/frames | TIFF
M data/frames/t_{1-3}.tif
- data/gainRefer/hot_pixels.tif
G data/gainRefer/K3-2101.mrc

# 12870 | data | TIFF
M data/RAW_Tif/t_{1-3}.tif
= data/RAW_Tif/t_1.tif -> t_1.tif

# 13192 | data/Stalker_SBF-SEM/Carotid2 | TIFF
M data/Stalker_SBF-SEM/Carotid2/Carotid2_Z{1236-1239}.tif

# 13453 | data | MRC
M data/2023_a_{1-2}.mrc
M data/2024_a_{1-2}.mrc
G data/gain-reference.mrc

# upper case, as 27,060 files | data | MRC
M data/M_{1-3}.MRC
- data/M_1.MRC.JPG

# single images beside the movies | data | MRC
- data/{001-003}.mrc
M data/{001-003}_movie.mrcs

# sums beside the movies | data | MRC
M data/x_{001-003}.mrc
- data/x_{001-003}_DW.mrc
- data/x_{001-003}_SumCorr.mrc
- data/Gain_notes.txt
- data/defects_x.tif
- data/CountDefects_x.txt
- data/x_dark.mrc
"""

LAYOUTS = [_layout(block) for block in _TABLE.strip().split("\n\n")]
