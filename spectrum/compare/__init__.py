"""Respondents or conditions on identical items: which differences are real, and which models are alike."""
