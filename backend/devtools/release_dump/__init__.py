"""`make release-dump`: a database of this release with deposits in every state, as SQL text."""
