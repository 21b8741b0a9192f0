# SPDX-License-Identifier: Apache-2.0
"""The declarations of all measurements."""

import re

from ceilobatch.telemetry import measurements
from ceilobatch.telemetry.measurement import Kind, Measurement
from ceilobatch.telemetry.measurements import BY_NAME, MEASUREMENTS

IDS = re.compile(r"pid|_id$|^id$|uuid|message|resource|tenant|project|user")


def test_every_declared_one_is_listed_once():
    declared = [one for one in vars(measurements).values() if isinstance(one, Measurement)]
    assert sorted(declared, key=id) == sorted(MEASUREMENTS, key=id)
    assert len(BY_NAME) == len(MEASUREMENTS)


def test_each_has_a_unit_and_a_sentence():
    for one in MEASUREMENTS:
        assert one.unit
        assert one.sentence.endswith(".")
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", one.name)


def test_no_dimension_grows_without_a_bound():
    assert not [one for one in MEASUREMENTS if any(map(IDS.search, one.dimensions))]


def test_names_do_not_clash_with_the_parts_of_a_time():
    times = [one.name for one in MEASUREMENTS if one.kind is Kind.TIME]
    assert not [one for one in BY_NAME if one.rpartition(".")[0] in times]
