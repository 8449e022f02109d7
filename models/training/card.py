"""The table of figures in a model card, written by the command that measured them."""

from pathlib import Path

END = "<!-- end of figures -->"


def write_table(card: Path, begin: str, content: str) -> None:
    """Replace what stands between the mark `begin` and the end mark of the card.

    Raises:
        ValueError: the card lacks a mark.
    """
    text = card.read_text()
    if begin not in text or END not in text:
        raise ValueError(f"{card} lacks the marks {begin!r} and {END!r}")
    before, rest = text.split(begin, 1)
    after = rest.split(END, 1)[1]
    card.write_text(f"{before}{begin}\n\n{content}\n\n{END}{after}")


def markdown(rows: list[list[str]]) -> str:
    """Rows of cells, the first of them the header, as a Markdown table."""
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
