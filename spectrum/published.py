"""The paper's published figures as reference rows, and what they can and cannot say by themselves."""

from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from spectrum.documents import Document, parse_document
from spectrum.stats.observations import FloatArray, IntArray
from spectrum.stats.rank_agreement import Concordance, RankCorrelation, concordance, rank_correlation
from spectrum.stats.yes_counts import (
    ProfileTests,
    VarianceShares,
    count_interval,
    profile_tests,
    variance_shares,
)
from spectrum.values import SCHWARTZ, ValueSystem

ALPHA = 0.05
DESIGN_EFFECT = 2.0
"""Five near-alike images stand behind each keyword: two answers may well be worth one."""
MAIN, ABLATION, IMAGE = "main", "ablation", "image"


class PublishedTable(BaseModel):
    """One table of percentages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    setting: str
    values: tuple[str, ...]
    """Codes, in the order of the rows."""
    rows: dict[str, tuple[float, ...]]

    @model_validator(mode="after")
    def _square(self) -> "PublishedTable":
        for model, row in self.rows.items():
            if len(row) != len(self.values) or not all(0 <= share <= 100 for share in row):
                raise ValueError(f"{self.name}, {model}: needs {len(self.values)} percentages from 0 to 100")
        return self

    def percent(self, system: ValueSystem = SCHWARTZ) -> FloatArray:
        """(models, v) in the value system's order. Raises ConfigError for a code that is none of its values."""
        order = [self.values.index(code) for code in system.codes]
        return np.array([[row[place] for place in order] for row in self.rows.values()], dtype=np.float64)


class Published(BaseModel):
    """All published figures with their source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    asked: int = Field(gt=1)
    """Answers behind each percentage."""
    tables: tuple[PublishedTable, ...]

    def table(self, name: str, setting: str = IMAGE) -> PublishedTable:
        """The table of that name and setting."""
        return next(table for table in self.tables if (table.name, table.setting) == (name, setting))


@dataclass(frozen=True, slots=True)
class Replication:
    """One model's value order in the main table against the ablation's."""

    model: str
    correlation: RankCorrelation
    main_mean: float
    """Per cent."""
    ablation_mean: float


@dataclass(frozen=True, slots=True, eq=False)
class PublishedAnalysis:
    """What the published figures say by themselves."""

    models: tuple[str, ...]
    tests: ProfileTests
    """Binomial noise alone."""
    clustered: ProfileTests
    """With a design effect of 2."""
    shares: VarianceShares
    concordance: Concordance
    """Do the models rank the values alike?"""
    replications: tuple[Replication, ...]

    @property
    def surviving(self) -> tuple[str, ...]:
        """Models with a profile beyond binomial noise, after Holm over the models."""
        return tuple(model for model, p in zip(self.models, self.tests.p_holm, strict=True) if p < ALPHA)

    @property
    def surviving_clustered(self) -> tuple[str, ...]:
        """Models below .05 with a design effect of 2, uncorrected."""
        return tuple(model for model, p in zip(self.models, self.clustered.p, strict=True) if p < ALPHA)

    def sentence(self) -> str:
        """The verdict in words."""
        shares = self.shares
        return (
            f"Of {len(self.models)} published profiles {len(self.surviving)} ({', '.join(self.surviving)}) survive "
            f"Holm on binomial noise alone; with a design effect of {DESIGN_EFFECT:g} only "
            f"{', '.join(self.surviving_clustered) or 'none'} stays below .05 uncorrected. "
            f"{100 * shares.model:.0f}% of the table's variance is each model's general yes-rate, "
            f"{100 * shares.value:.1f}% what the models share, {100 * shares.rest:.0f}% the rest, of which about "
            f"{_tenths(shares.noise / shares.rest)} is sampling noise. What does not survive is undetermined, "
            "which is not the same as absent."
        )


def load_published() -> Published:
    """The figures that come with this package."""
    text = resources.files("spectrum").joinpath("data", "published_table.yaml").read_text(encoding="utf-8")
    return parse_document(Document("published_table.yaml", text), Published)


def analyse(published: Published, system: ValueSystem = SCHWARTZ) -> PublishedAnalysis:
    """Chi-square tests, variance shares, Kendall's W, and each model's order against the ablation's."""
    main, ablation = published.table(MAIN), published.table(ABLATION)
    percent, again = main.percent(system), ablation.percent(system)
    yes = counts(percent, published.asked)
    models, others = tuple(main.rows), tuple(ablation.rows)
    replications = [
        Replication(model, rank_correlation(row, other), float(row.mean()), float(other.mean()))
        for model, row in zip(models, percent, strict=True)
        if model in others
        for other in [again[others.index(model)]]
    ]
    return PublishedAnalysis(
        models=models,
        tests=profile_tests(yes, published.asked),
        clustered=profile_tests(yes, published.asked, DESIGN_EFFECT),
        shares=variance_shares(yes, published.asked),
        concordance=concordance(percent),
        replications=tuple(replications),
    )


def counts(percent: FloatArray, asked: int) -> IntArray:
    """Percentages of `asked` answers as whole counts."""
    return np.rint(percent * asked / 100).astype(np.int64)


def published_rows(published: Published, system: ValueSystem = SCHWARTZ) -> list[dict[str, Any]]:
    """Rows of tables.PUBLISHED: each figure with the interval that its n implies."""
    rows = []
    for table in published.tables:
        for model, percents in zip(table.rows, table.percent(system), strict=True):
            for code, percent, yes in zip(system.codes, percents, counts(percents, published.asked), strict=True):
                low, high = count_interval(int(yes), published.asked)
                rows.append(
                    {
                        "table": table.name,
                        "setting": table.setting,
                        "model": model,
                        "value": code,
                        "percent": float(percent),
                        "asked": published.asked,
                        "low": 100 * low,
                        "high": 100 * high,
                        "source": published.source,
                    }
                )
    return rows


def published_test_rows(analysis: PublishedAnalysis) -> list[dict[str, Any]]:
    """Rows of tables.PUBLISHED_TESTS, one a model of the main table."""
    tests, clustered = analysis.tests, analysis.clustered
    return [
        {
            "model": model,
            "chi_square": float(tests.chi_square[place]),
            "df": tests.df,
            "p": float(tests.p[place]),
            "p_holm": float(tests.p_holm[place]),
            "p_design_effect_2": float(clustered.p[place]),
        }
        for place, model in enumerate(analysis.models)
    ]


def _tenths(share: float) -> str:
    return "half" if 0.45 <= share <= 0.55 else f"{100 * share:.0f}%"
