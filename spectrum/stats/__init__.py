"""Statistics on plain arrays: profiles, intervals, contrasts, bounds. Knows no value names and no models."""
