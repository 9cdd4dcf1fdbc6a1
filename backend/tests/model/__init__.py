"""Random histories of deposits, compared with a plain model that knows what was paid."""
