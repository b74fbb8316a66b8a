"""The pairwise framing: which of two clips would be watched, in both orders, and which values win."""
