# SPDX-License-Identifier: Apache-2.0
"""Paths: the dialect of definition files, and that plain ones need no interpreter."""

import pytest

from ceilobatch.definitions import dialect
from ceilobatch.definitions.paths import PathCompiler, PathError

BODY = {
    "ctxt": {"user_id": "u1", "tenant": "t1"},
    "publisher_id": "compute.host1",
    "event_type": "thing.made",
    "metadata": {"message_id": "m1"},
    "payload": {
        "state": "active",
        "nothing": None,
        "zero": 0,
        "false": False,
        "empty": "",
        "name": "a#b.c d",
        "where-is_it": "here",
        "size": 3,
        "share": 0.25,
        "deep": {"er": {"est": {"of": {"all": "bottom"}}}},
        "x.y": {"z": "dotted"},
        "nova_object.data": {"uuid": "u-1", "flavor": {"nova_object.data": {"vcpus": 4}}},
        "disks": [
            {"name": "vda", "gb": 10, "boot": True, "of": {"host": "h1"}},
            {"name": "vdb", "gb": "20", "boot": False},
            {"name": None, "gb": None},
            "no disk",
        ],
        "numbers": [3, 1, 2],
        "nested": [[1, 2], [3]],
        "tags": ["x", "y"],
        "pair": [{"n": 1, "of": "x"}, {"n": 2, "of": "x"}],
    },
}


def compiled(path):
    return PathCompiler().compile(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("publisher_id", "compute.host1"),
        ("$.publisher_id", "compute.host1"),
        ("payload.state", "active"),
        ("$.payload.state", "active"),
        (" $.payload.state ", "active"),
        ("ctxt.user_id", "u1"),
        ("payload.where-is_it", "here"),
        ("payload.zero", 0),
        ("payload.false", False),
        ("payload.empty", ""),
        ("payload.nothing", None),
        ("payload.absent", None),
        ("absent", None),
        ("absent.state", None),
        ("payload.state.below", None),
        ("payload.nothing.below", None),
        ("payload.disks.name", None),
        ("payload.deep.er", {"est": {"of": {"all": "bottom"}}}),
        ("payload.deep.er.est", {"of": {"all": "bottom"}}),
        ("payload.deep.er.est.of.all", "bottom"),
        ("payload.deep.absent.est.of.all", None),
        ("payload.deep.er.absent", None),
        ("payload.deep.absent.est", None),
    ],
)
def test_plain_path_needs_no_parser(monkeypatch, path, value):
    monkeypatch.setattr(dialect, "parse", None)
    assert compiled(path).first(BODY) == value


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("payload[state]", ["active"]),
        ("payload['state']", ["active"]),
        ('payload["state"]', ["active"]),
        ("$['payload']['state']", ["active"]),
        ("payload.'x.y'.z", ["dotted"]),
        ('payload."x.y".z', ["dotted"]),
        ("payload['x.y'].z", ["dotted"]),
        ("payload.'nova_object.data'.uuid", ["u-1"]),
        ("payload.'nova_object.data'.flavor.'nova_object.data'.vcpus", [4]),
        ("payload.disks[0].gb", [10]),
        ("payload.disks.[0].gb", [10]),
        ("payload.disks[-1]", ["no disk"]),
        ("payload.disks[9].gb", []),
        ("payload.nothing[0]", []),
        ("payload.size[0]", []),
        ("payload.deep[0]", []),
    ],
)
def test_quoted_keys_and_indices_are_plain(path, values):
    path = compiled(path)
    assert path.values(BODY) == values
    assert path.first(BODY) == next(iter(values), None)
    assert path.keys is not None


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("payload.disks[*].name", ["vda", "vdb", None]),
        ("payload.disks.[*].name", ["vda", "vdb", None]),
        ("payload.disks[ * ].name", ["vda", "vdb", None]),
        ("payload.disks[0:2].gb", [10, "20"]),
        ("payload.disks[:].gb", [10, "20", None]),
        ("payload.nested[*][*]", [1, 2, 3]),
        # What is no list counts as a list of itself.
        ("payload.size[*]", [3]),
        ("payload.deep[*].er.est.of.all", ["bottom"]),
        ("payload.share[*]", []),
        ("payload.nothing[*]", []),
        ("payload.deep.*", [{"est": {"of": {"all": "bottom"}}}]),
        ("payload.tags.*", []),
        ("payload[size,share]", [3, 0.25]),
        ("payload.deep..all", ["bottom"]),
        ("payload..host", ["h1"]),
        ("payload.nested..[0]", [[1, 2], 1, 3]),
        ("(payload.absent)|(payload.state)", ["active"]),
        ("(payload.size)|(payload.state)", [3, "active"]),
        # | binds tighter than .
        ("payload.size|payload.state", []),
        ("payload.absent|size", [3]),
        ("payload.deep.er|payload.est", [{"of": {"all": "bottom"}}]),
        ("payload.(size|share)", [3, 0.25]),
    ],
)
def test_several_values(path, values):
    assert compiled(path).values(BODY) == values


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("payload.disks[?name=vdb].gb", ["20"]),
        ("payload.disks[?name='vdb'].gb", ["20"]),
        ("payload.disks[?(@.name='vdb')].gb", ["20"]),
        ("payload.disks[?(@.name=='vdb')].gb", ["20"]),
        ("payload.disks[?@.name = 'vdb'].gb", ["20"]),
        ("payload.disks[?(@.'name'=\"vdb\")].gb", ["20"]),
        ("payload.disks[?of.host=h1].gb", [10]),
        ("payload.disks[?gb=20].name", ["vdb"]),
        ("payload.disks[?gb>10].name", ["vdb"]),
        ("payload.disks[?gb>=10].name", ["vda", "vdb"]),
        ("payload.disks[?gb<20].name", ["vda"]),
        ("payload.disks[?gb<=20].name", ["vda", "vdb"]),
        ("payload.disks[?name!=vda].gb", ["20"]),
        ("payload.disks[?boot=true].name", ["vda"]),
        ("payload.disks[?boot=false].name", ["vdb"]),
        ("payload.disks[?name~'vd[b-z]'].gb", ["20"]),
        ("payload.disks[?name~'db'].gb", []),
        ("payload.disks[?name=null].gb", []),
        ("payload.disks[?of].name", ["vda"]),
        ("payload.disks[?name].name", ["vda", "vdb", None]),
        ("payload.disks[?name='vda' & gb=10].gb", [10]),
        ("payload.disks[?(name='vda')&(gb=20)].gb", []),
        ("payload.disks[?*=vdb].gb", ["20"]),
        ("payload.numbers[?@>1]", [3, 2]),
        ("payload.deep[?er=1]", []),
        ("payload.disks[?name>1].gb", []),
        ("payload.disks[?gb<'x'].name", ["vdb"]),
        ("payload.disks[?gb=10.0].name", ["vda"]),
    ],
)
def test_filters(path, values):
    assert compiled(path).values(BODY) == values


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("payload.share * 100", [25.0]),
        ("100 * payload.share", [25.0]),
        ("payload.size - 1", [2]),
        ("payload.size + 1.5", [4.5]),
        ("payload.size * payload.share", [0.75]),
        ("payload.numbers[*] * 2", [6, 2, 4]),
        ("payload.numbers[*] + payload.numbers[*]", [6, 2, 4]),
        ("payload.numbers[*] + payload.nested[*]", []),
        ("payload.disks[?(@.name='vda')].gb * 10", [100]),
        ("payload.state + '_' + payload.where-is_it", ["active_here"]),
        ('$.payload.state + "_" + $.payload.where-is_it', ["active_here"]),
        ("'is ' + payload.state", ["is active"]),
        ("payload.state + '_' + payload.absent", []),
        ("payload.state + '_' + payload.nothing", []),
        ("payload.state + payload.size", []),
        ("payload.state * 1000000", []),
        ("payload.`sub(/x/, y)` + 'z'", []),
        ("payload.name.`split(#, 0, 1)`", ["a"]),
        ("payload.name.`split(#, 1, 1)`", ["b.c d"]),
        ("payload.name.`split(., 1, -1)`", ["c d"]),
        ("payload.name.`split( , 1, -1)`", ["d"]),
        ("payload.name.`split(#, 7, -1)`", []),
        ("payload.size.`split(#, 0, 1)`", []),
        ("publisher_id.`split(., 0, 1)` + '-x'", ["compute-x"]),
        ("payload.state.`sub(/act/, pass)`", ["passive"]),
        ("payload.state.`sub(/no/, yes)`", []),
        ("payload.size.`sub(/3/, 4)`", []),
        ("payload.state.`sub(/.*/, )` + 'state.' + payload.state", ["state.active"]),
        ("payload.disks.`len`", [4]),
        ("payload.state.`len`", [6]),
        ("payload.size.`len`", []),
        ("payload.numbers.`sorted`", [[1, 2, 3]]),
        ("payload.disks.`sorted`", []),
        ("payload.pair[\\n].[0].n", [2]),
        ("payload.pair[/n].[0].n", [1]),
        ("payload.pair[/of, \\n].[0].n", [2]),
        ("payload.pair[/absent].[0].n", [1]),
        ("payload.deep[/er]", []),
        ("payload.deep.`sorted`", [["er"]]),
        ("payload.disks[0].`parent`.[1].gb", ["20"]),
        ("payload.deep.er.`this`.est.of.all", ["bottom"]),
        ("payload.deep where er", [{"er": {"est": {"of": {"all": "bottom"}}}}]),
        ("payload.deep where absent", []),
    ],
)
def test_expressions(path, values):
    path = compiled(path)
    assert path.values(BODY) == values
    assert [value for _, value in path.pairs(BODY)] == values


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("$.payload.size", ["payload.size"]),
        ("payload.'x.y'.z", ["payload.x.y.z"]),
        ("payload.disks[1].gb", ["payload.disks.[1].gb"]),
        ("payload.tags[*]", ["payload.tags.[0]", "payload.tags.[1]"]),
        ("payload.disks[?name=vdb].gb", ["payload.disks.[1].gb"]),
        ("payload.(size|share)", ["payload.size", "payload.share"]),
        ("payload..host", ["payload.disks.[0].of.host"]),
        ("payload.state.`len`", [""]),
        ("payload.absent", []),
    ],
)
def test_plugins_are_told_where_a_value_was_found(path, labels):
    assert [label for label, _ in compiled(path).pairs(BODY)] == labels


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("1", "is a number, not a path"),
        ("1.5", "is a number, not a path"),
        ("%", "is not a path"),
        ("payload.", "is not a path"),
        ("payload..", "is not a path"),
        ("payload.[", "is not a path"),
        ("a b", "is not a path"),
        ("payload.'open", "is not a path"),
        ("payload.where", "is not a path"),
        ("payload.`nonsense`", "is not a path"),
        ("payload.`split(a)`", "is not a path"),
        ("payload.`sub(/(/, x)`", "is not a path"),
        ("payload.a & payload.b", "uses Intersect, which has no meaning here"),
        ("payload.a[?b~'(']", "has a bad regular expression '('"),
        ("payload.a[?b~5]", "has a bad regular expression 5"),
        ("payload.a[::0]", "has a slice with the step 0"),
    ],
)
def test_what_is_no_path_is_refused_with_a_reason(path, reason):
    with pytest.raises(PathError) as refused:
        compiled(path)
    assert str(refused.value).startswith(reason)


def test_a_path_is_compiled_once():
    compiler = PathCompiler()
    path = compiler.compile("payload.disks[*].name")
    assert compiler.compile("payload.disks[*].name") is path


@pytest.mark.parametrize(
    "path", ["payload..b", "payload.`sorted`", "payload[/a]", "payload[*].`str()`"]
)
def test_nothing_is_raised_on_a_body_nested_too_deeply_to_recurse_into(path):
    def deep():
        nested: dict | list = []
        for number in range(100_000):
            nested = [nested] if number % 2 else {"a": nested}
        return nested

    assert compiled(path).first({"payload": [{"a": deep()}, {"a": deep()}]}) is None
