"""The circle of values over many profiles: read them from result folders, test it, write what was found."""
