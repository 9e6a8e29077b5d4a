"""A streamed answer shows the same text as the whole one, wherever the pieces are cut."""

from hypothesis import given
from hypothesis import strategies as st

from leanrag.api.asking.reply import Shown
from leanrag.mask.detect import detector_for
from leanrag.mask.masker import TextMasker
from leanrag.settings import MaskingSettings

VALUES = ("ann@example.com", "bob@example.com", "+44 20 7946 0958")
WORDS = st.sampled_from(
    ["<EMAIL_1>", "<EMAIL_2>", "<PHONE_1>", "EMAIL_1", "&lt;EMAIL_1&gt;", "< email 1 >",
     "<EMAIL_9>", "<", ">", "EMAIL", "_1", " ", "a < b", "&", "E", "<E", "so ", "。", "<b>", "\n"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=12).map("".join), st.data())
def test_pieces_show_what_the_whole_says(text: str, data: st.DataObject) -> None:
    masker = TextMasker(detector_for(MaskingSettings(enabled=True)))
    for value in VALUES:
        masker.mask(value)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    shown = Shown(masker)

    seen = "".join([*map(shown.add, pieces), shown.rest()])

    assert seen == masker.unmask(text)
