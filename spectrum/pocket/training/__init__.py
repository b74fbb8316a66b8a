"""Trains the pocket models from the formats and the generator; one command each, seeded."""
