"""Whatever answers: a local checkpoint, an API model, a planted one, recorded answers."""
