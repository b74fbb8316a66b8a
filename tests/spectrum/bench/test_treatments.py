import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spectrum.answers import TextSpec
from spectrum.bench.arms import Arm
from spectrum.bench.treatments import blank, captioned, describing, treated, without_text
from spectrum.questions import load_bank, paper_questions
from tests.support.benches import make_clip, make_view
from video_index.clips import Frame
from video_index.covariates import luma, text_area


def frame_with(text: str) -> Frame:
    """A soft gradient, with a caption in its lower third where there is a text."""
    rows, columns = np.mgrid[0:320, 0:180]
    pixels = np.stack([rows * 0.4, columns * 0.6, 120 + rows * 0.1], axis=-1).astype(np.uint8)
    picture = Image.fromarray(pixels)
    if text:
        ImageDraw.Draw(picture).text(
            (90, 260), text, anchor="mm", font=ImageFont.load_default(24), fill="white", stroke_width=3,
            stroke_fill="black",
        )  # fmt: skip
    return Frame(np.asarray(picture), 1.5)


def test_blank_frames_keep_number_size_and_time_and_nothing_else() -> None:
    frame = frame_with("SALE")
    grey = blank(frame)
    assert grey.pixels.shape == frame.pixels.shape and grey.timestamp == 1.5
    assert np.unique(grey.pixels).size == 1
    view = make_view(make_clip(1))
    shown = treated(view, Arm.BLANK, "blank")
    assert [each.timestamp for each in shown.load()] == [each.timestamp for each in view.load()]
    assert shown.view_id != view.view_id and shown.clip_id == view.clip_id
    assert shown.shown_id == f"{view.clip_id}#blank"


def test_text_is_painted_over_and_the_rest_stays() -> None:
    captioned_frame, plain = frame_with("BUY ME NOW"), frame_with("")
    assert text_area(luma(captioned_frame.pixels)) > 0
    masked = without_text(captioned_frame)
    assert text_area(luma(masked.pixels)) == 0
    np.testing.assert_array_equal(masked.pixels[:200], captioned_frame.pixels[:200])
    assert without_text(plain) is plain


def test_a_clip_as_it_is_is_the_very_same_view() -> None:
    view = make_view(make_clip(2))
    assert treated(view, Arm.INTACT, "") is view


def test_the_paper_s_description_is_its_own_and_the_balanced_one_is_about_a_video() -> None:
    assert describing(paper_questions()).question.after_media == "Describe this image briefly in English."
    forms = load_bank().forms("like-01")
    found = describing(forms).question
    assert isinstance(found.answer_spec, TextSpec)
    assert found.before_media == forms[0].question.before_media


def test_a_description_stands_before_the_question() -> None:
    assert captioned(" A dog runs. ", "Do you like it?").endswith('"A dog runs."\n\nDo you like it?')
