"""Who the model is asked to play: personas, how they are put to it, and what becomes of its answers."""
