"""The folder of a test's files."""

from pathlib import Path

import pytest

from payments.tests.statements.building import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Files of the test."""
    return Files(tmp_path)
