"""What a planned run could detect, and what it would take, before a single question is paid for."""
