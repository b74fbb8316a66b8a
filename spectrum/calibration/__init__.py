"""The instrument on planted truth: simulated respondents, the gates it must pass, and the mutants that must fail."""
