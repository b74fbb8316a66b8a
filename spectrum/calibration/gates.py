"""The gates that concern the instrument. Rooms above have lists of their own; the command joins them."""

from collections.abc import Sequence

from spectrum.calibration.confounds import Confounds
from spectrum.calibration.content_free import Blank, Permuted
from spectrum.calibration.coverage import CoverageGate
from spectrum.calibration.false_positives import FalsePositives
from spectrum.calibration.gate import Gate
from spectrum.calibration.mutants import Mutants
from spectrum.calibration.negation import Negation
from spectrum.calibration.recovery import Recovery
from spectrum.errors import ConfigError

GATES: tuple[Gate, ...] = (
    Recovery(),
    Mutants(),
    Confounds(),
    CoverageGate(),
    FalsePositives(),
    Blank(),
    Permuted(),
    Negation(),
)


def chosen(names: Sequence[str], gates: Sequence[Gate] = GATES) -> tuple[Gate, ...]:
    """The gates of these names in their usual order; all where no name is given. Raises ConfigError."""
    known = [gate.name for gate in gates]
    strange = [name for name in names if name not in known]
    if strange:
        raise ConfigError(f"there is no gate {strange[0]!r}; choose from {', '.join(known)}")
    return tuple(gate for gate in gates if not names or gate.name in names)
