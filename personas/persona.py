"""The door to personas: what one is, and how files of them are read and written."""

from personas.files import SUFFIXES, load_personas, save_personas
from personas.person import RESERVED, TIERS, Persona, Tier, Unit

__all__ = ["RESERVED", "SUFFIXES", "TIERS", "Persona", "Tier", "Unit", "load_personas", "save_personas"]
