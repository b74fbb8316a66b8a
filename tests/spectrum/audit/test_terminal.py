from pathlib import Path

from spectrum.audit.audited_run import audited_run
from spectrum.audit.findings import findings
from spectrum.audit.terminal import ask_in_terminal
from tests.support.run_folders import SimulatedRun, simulated_clips


def test_codes_names_none_and_unsure_are_taken_and_nonsense_is_asked_again(tmp_path: Path) -> None:
    SimulatedRun(simulated_clips(3)).write(tmp_path, None)
    run = audited_run(tmp_path)
    sample = run.sample(1, 0, 0)
    typed = iter(["BE HE", "joy", "", "power", "n", "u", "q"])
    said: list[str] = []
    assert ask_in_terminal(run, sample, "ann", lambda _: next(typed), said.append) == 4
    assert [judgement.values for judgement in run.judgements()] == [("HE", "BE"), ("PO",), (), ()]
    assert [judgement.unsure for judgement in run.judgements()] == [False, False, False, True]
    (line,) = [line for line in said if "unknown value 'joy'" in line]
    assert line.endswith("; or type none (n), unsure (u) or quit (q)")
    assert len(run.left(sample, "ann")) == len(sample.clip) - 4


def test_findings_of_a_full_audit_by_two_people(tmp_path: Path) -> None:
    SimulatedRun(simulated_clips(40, controls=40)).write(tmp_path, None)
    run = audited_run(tmp_path)
    sample = run.sample(30, 30, 0)
    for rater in ("ann", "bob"):
        codes = {
            clip_id: " ".join(run.system.codes[v] for v in row.nonzero()[0]) or "none"
            for clip_id, row in zip(run.clip_ids, run.in_set, strict=True)
        }
        order = iter([codes[clip_id] for clip_id in run.left(sample, rater)])
        ask_in_terminal(run, sample, rater, lambda _, order=order: next(order), lambda _: None)  # type: ignore[misc]
    told = findings(run)
    assert told.audit is not None and told.audit.calibration is not None
    assert told.sentence.startswith("1.00 precise (330 audited by 2 raters, kappa 1.00); the regression is corrected")
