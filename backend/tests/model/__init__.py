"""Random histories of deposits against a plain model of who really paid."""
