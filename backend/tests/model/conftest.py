"""The model's M-Pesa in the place of the gateway, and a database that fails on demand."""

import logging
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.model import breakage


@pytest.fixture
def model_mpesa(transactional_db: None, settings: Settings) -> Iterator[None]:
    """Let every service talk to the model."""
    settings.PAYMENTS_GATEWAY = {"CLASS": "tests.model.mpesa.ModelMpesa", "OPTIONS": {}}
    settings.DARAJA_QUERY_RATE = "60000/m"
    settings.DEPOSIT_DAILY_LIMIT = 6000
    # Thousands of expected warnings would bury the one history that matters.
    logging.disable(logging.CRITICAL)
    with breakage.installed(), breakage.commits_without_waiting():
        yield
    logging.disable(logging.NOTSET)
