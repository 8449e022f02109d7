"""A card's table is replaced, the rest of the card stays."""

from pathlib import Path

import pytest

from models.training.card import END, markdown, write_table

BEGIN = "<!-- figures -->"


def test_table_stands_between_its_marks(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_table(card, BEGIN, markdown([["measure", "ours"], ["AP50", "0.604"]]))
    table = "| measure | ours |\n| --- | --- |\n| AP50 | 0.604 |"
    assert card.read_text() == f"before\n{BEGIN}\n\n{table}\n\n{END}\nafter\n"


def test_card_without_marks_is_told(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("nothing")
    with pytest.raises(ValueError, match="lacks the marks"):
        write_table(card, BEGIN, "| new |")
