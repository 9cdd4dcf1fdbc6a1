"""The product's settings, with empty views for push, callback and status."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.empty.urls"
