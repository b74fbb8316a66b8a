"""People look at clips and say which values they show: how good the labels are, and what they should have been."""
