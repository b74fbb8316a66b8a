"""The hub is heard only where it fails, and what was set is set again."""

import logging
import socket

import pytest

constants = pytest.importorskip("huggingface_hub.constants")

from video_index.hub import quiet_hub  # noqa: E402


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


def test_a_hub_that_is_not_there_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    logger = logging.getLogger("huggingface_hub")
    before = logger.level
    with pytest.raises(KeyError), quiet_hub("clips") as missed:
        assert missed == "127.0.0.1" and constants.HF_HUB_OFFLINE
        assert not logger.isEnabledFor(logging.WARNING)
        raise KeyError
    assert logger.level == before and not constants.HF_HUB_OFFLINE


def test_a_hub_that_is_there_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        with quiet_hub("clips") as missed:
            assert missed is None and not constants.HF_HUB_OFFLINE


def test_a_proxy_answers_for_itself_and_offline_stays_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with monkeypatch.context() as patch:
        patch.setenv("http_proxy", "http://127.0.0.1:9")
        with quiet_hub("clips") as missed:
            assert missed is None and not constants.HF_HUB_OFFLINE
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with quiet_hub("clips") as missed:
        assert missed is None
    assert constants.HF_HUB_OFFLINE
