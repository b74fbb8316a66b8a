"""Clips: decode, sample, embed, store, search. This package knows nothing of values or models."""
