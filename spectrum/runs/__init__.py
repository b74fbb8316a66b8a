"""A run folder: manifest, plan, answers, metric tables. It is all that a report needs."""
