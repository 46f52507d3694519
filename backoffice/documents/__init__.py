"""The documents that families send, and what the town does with them: types, obligations, intake, review."""
