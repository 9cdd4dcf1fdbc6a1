"""The product's settings, with views that do nothing at the addresses of its hot paths."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.empty.urls"
