"""The acquisition, from a map's document or assumed."""

import copy
import logging
import random

import pytest
from scripted_documents import CLOSED, PAGE, SILENT, dead_url, json_reply, reply, timeout_for

from empiardownloader.archive.emdb import (
    ASSUMED,
    Acquisition,
    SourcedValue,
    acquisition_from_map,
    fetch_acquisition,
)


def number(value, units="?"):
    return {"units": units, "valueOf_": value}


MICROSCOPY = {
    "acceleration_voltage": number("200", "kV"),
    "nominal_cs": number("1.4", "mm"),
    "nominal_magnification": 130000,
    "calibrated_magnification": 131000,
    "image_recording_list": {
        "image_recording": [
            {"average_electron_dose_per_image": number("50.4", "e/Å^2"), "digitization_details": {}}
        ]
    },
}


def map_document(*microscopy):
    return {
        "emdb_id": "EMD-4321",
        "structure_determination_list": {
            "structure_determination": [{"microscopy_list": {"microscopy": list(microscopy)}}]
        },
    }


def microscopy_with(**changes):
    return {**copy.deepcopy(MICROSCOPY), **changes}


def read(*microscopy):
    return acquisition_from_map(map_document(*microscopy), "EMD-4321")


def test_every_number_of_a_map_is_read_with_its_origin():
    assert read(MICROSCOPY) == Acquisition(
        voltage=SourcedValue(200.0, "EMD-4321"),
        spherical_aberration=SourcedValue(1.4, "EMD-4321"),
        amplitude_contrast=SourcedValue(None, ""),
        magnification=SourcedValue(130000.0, "EMD-4321"),
        dose_per_image=SourcedValue(50.4, "EMD-4321"),
    )


@pytest.mark.parametrize("voltage", [300, 300.0, "300", number(300), number("300"), "300 kV"])
def test_a_number_may_be_a_string_and_may_carry_units(voltage):
    assert read(microscopy_with(acceleration_voltage=voltage)).voltage.value == 300


def test_what_a_map_does_not_say_stays_unknown():
    told = read({"acceleration_voltage": number("300")})
    assert told == Acquisition(voltage=SourcedValue(300.0, "EMD-4321"))


@pytest.mark.parametrize("nothing", [None, "", "0", number("0"), number(None), {}, [], "unknown"])
def test_a_field_left_empty_is_not_known(nothing):
    assert read(microscopy_with(nominal_cs=nothing)).spherical_aberration == SourcedValue()


def test_without_a_nominal_magnification_the_calibrated_one_counts():
    assert read(microscopy_with(nominal_magnification=None)).magnification.value == 131000


def test_of_several_records_the_first_with_a_value_counts():
    empty = {"nominal_cs": number("2.7"), "image_recording_list": {}}
    told = read(empty, MICROSCOPY)
    assert told.spherical_aberration.value == 2.7
    assert told.voltage.value == 200
    assert told.dose_per_image.value == 50.4


def test_of_several_recordings_the_first_with_a_dose_counts():
    recordings = [{}, {"average_electron_dose_per_image": "41"}, MICROSCOPY]
    told = read(microscopy_with(image_recording_list={"image_recording": recordings}))
    assert told.dose_per_image.value == 41


def test_single_records_may_come_without_their_lists():
    bare = copy.deepcopy(MICROSCOPY)
    recording = bare["image_recording_list"]["image_recording"][0]
    bare["image_recording_list"]["image_recording"] = recording
    document = {
        "structure_determination_list": {
            "structure_determination": {"microscopy_list": {"microscopy": bare}}
        }
    }
    assert acquisition_from_map(document, "EMD-4321") == read(MICROSCOPY)


@pytest.mark.parametrize("document", [None, {}, [], "x", 3, {"structure_determination_list": []}])
def test_a_document_of_another_kind_tells_nothing(document):
    assert acquisition_from_map(document, "EMD-4321").is_empty


def test_no_document_whatsoever_makes_the_reader_raise():
    dice = random.Random(25107)
    keys = ["structure_determination_list", "structure_determination", "microscopy_list",
            "microscopy", "image_recording_list", "image_recording", *MICROSCOPY]  # fmt: skip
    leaves = [None, "", "300", -1, True, [], {}, number("2.7"), 10**400, float("nan")]

    def random_value(depth):
        if depth == 0 or dice.random() < 0.2:
            return dice.choice(leaves)
        if dice.random() < 0.3:
            return [random_value(depth - 1) for _ in range(dice.randrange(3))]
        return {dice.choice(keys): random_value(depth - 1) for _ in range(dice.randrange(7))}

    for _ in range(2000):
        told = acquisition_from_map(random_value(8), "EMD-4321")
        assert told.voltage.value is None or told.voltage.value > 0


def test_what_nobody_knows_is_assumed_but_for_the_dose():
    assert Acquisition().with_assumed_values() == Acquisition(
        voltage=SourcedValue(300.0, "assumed"),
        spherical_aberration=SourcedValue(2.7, "assumed"),
        amplitude_contrast=SourcedValue(0.1, "assumed"),
        magnification=SourcedValue(50000.0, "assumed"),
        dose_per_image=SourcedValue(None, ""),
    )
    assert Acquisition().with_assumed_values() == ASSUMED


@pytest.fixture
def fetch(server, naps):
    def fetch_from_server(*emdb_ids):
        return fetch_acquisition(
            emdb_ids, server.url + "/emdb/", sleep=naps.append, timeout=timeout_for(server)
        )

    return fetch_from_server


def test_the_first_map_gives_the_acquisition_and_the_rest_is_assumed(server, fetch):
    server.on("/emdb/EMD-4321", json_reply(map_document(MICROSCOPY)))
    acquisition = fetch("EMD-4321", "EMD-0099")
    assert acquisition.voltage == SourcedValue(200.0, "EMD-4321")
    assert acquisition.amplitude_contrast == SourcedValue(0.1, "assumed")
    assert acquisition.dose_per_image == SourcedValue(50.4, "EMD-4321")
    assert server.paths == ["/emdb/EMD-4321"]


@pytest.mark.parametrize(
    "first",
    [None, PAGE, json_reply([]), json_reply({}), json_reply(map_document()), reply(503, b"")],
)
def test_a_map_that_tells_nothing_gives_way_to_the_next(server, fetch, first):
    if first is not None:
        server.on("/emdb/EMD-4321", first)
    server.on("/emdb/EMD-0099", json_reply(map_document(MICROSCOPY)))
    assert fetch("EMD-4321", "EMD-0099").voltage == SourcedValue(200.0, "EMD-0099")


def test_a_server_error_that_passes_is_waited_for(server, fetch, naps):
    server.on("/emdb/EMD-4321", reply(502, b""), json_reply(map_document(MICROSCOPY)))
    assert fetch("EMD-4321").voltage.origin == "EMD-4321"
    assert naps == [1]


@pytest.mark.parametrize("failure", [PAGE, reply(503, b""), reply(403, b""), CLOSED, SILENT])
def test_an_emdb_that_is_down_means_assumptions_and_one_line_in_the_log(
    server, fetch, caplog, failure
):
    map_ids = [f"EMD-{index}" for index in range(1000, 1008)]
    for map_id in map_ids:
        server.on(f"/emdb/{map_id}", failure)
    with caplog.at_level(logging.WARNING):
        assert fetch(*map_ids) == ASSUMED
    assert len(caplog.records) == 1
    assert "EMD-1000" in caplog.text
    assert set(server.paths) == {"/emdb/EMD-1000", "/emdb/EMD-1001"}


def test_a_refused_connection_is_no_exception(caplog):
    assert fetch_acquisition(["EMD-4321"], dead_url(), attempts=1) == ASSUMED
    assert "Connection refused" in caplog.text


def test_an_address_that_is_none_is_no_exception():
    assert fetch_acquisition(["EMD-4321"], "nonsense") == ASSUMED


@pytest.mark.parametrize("emdb_ids", [(), ("", "PDB:1ABC", "EMD-../secret")])
def test_without_maps_nobody_is_asked(server, fetch, caplog, emdb_ids):
    assert fetch(*emdb_ids) == ASSUMED
    assert server.paths == []
    assert caplog.records == []
