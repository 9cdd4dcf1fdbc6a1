"""These tests belong to the step `images`: without images there is nothing to collect."""

import os

from devtools import images

collect_ignore_glob = [] if images.FOLDER in os.environ else ["test_*.py"]
