"""The README's code runs as it stands there, block after block."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_python_blocks_run(capsys):
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    notebook = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), notebook)
    shown = capsys.readouterr().out
    assert re.search(r"median pay: [1-9][\d,]* USD a year", shown)
    assert re.search(r"\d+ of 2000 savers", shown)
