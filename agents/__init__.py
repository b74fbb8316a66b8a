"""Browsing: a feed that adapts, an agent that acts, probes that measure, a trace that can be replayed."""
