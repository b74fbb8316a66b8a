"""Who chooses the next clip: one small protocol, the feeds that come with the project, and plug-ins."""

from agents.recommenders.base import Choice, DrawKey, Recommender, Request, Shown, choose_all
from agents.recommenders.blind import FrozenFeed, PopularityFeed, RandomFeed
from agents.recommenders.mixed import EpsilonFeed, MmrFeed, PlantedBiasFeed
from agents.recommenders.qdrant import QdrantFeed
from agents.recommenders.registry import ENTRY_POINTS, RECOMMENDERS, open_recommender, recommender_names
from agents.recommenders.rocchio import RocchioFeed

__all__ = [
    "ENTRY_POINTS",
    "RECOMMENDERS",
    "Choice",
    "DrawKey",
    "EpsilonFeed",
    "FrozenFeed",
    "MmrFeed",
    "PlantedBiasFeed",
    "PopularityFeed",
    "QdrantFeed",
    "RandomFeed",
    "Recommender",
    "Request",
    "RocchioFeed",
    "Shown",
    "choose_all",
    "open_recommender",
    "recommender_names",
]
