"""``workup schema``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from workup.cli.schema import TYPES, command
from workup.errors import UserError


@pytest.mark.parametrize("name", sorted(TYPES))
def test_schema_names_every_field(name: str) -> None:
    result = CliRunner().invoke(command, [name])
    assert result.exit_code == 0
    schema = json.loads(result.output)
    kind = TYPES[name]
    definition = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert set(definition["properties"]) == set(kind.__struct_encode_fields__)
    assert definition["additionalProperties"] is False
    assert result.output.startswith("{\n  ")


def test_without_name_lists_the_names() -> None:
    assert CliRunner().invoke(command, []).output.split() == sorted(TYPES)


def test_unknown_name_suggests_near_ones() -> None:
    result = CliRunner().invoke(command, ["finding2"])
    assert isinstance(result.exception, UserError)
    assert "finding" in str(result.exception)
    with pytest.raises(UserError, match="case"):
        CliRunner().invoke(command, ["zzz"], catch_exceptions=False)
