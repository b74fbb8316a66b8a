"""What must hold of an engine on any checkpoint, as checks that a user can run on theirs."""
