"""The main job: plan what to ask about a suite, ask it, tally the answers."""
