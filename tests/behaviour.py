"""Reading the BEHAVIOUR.md of a stand-in: tables of behaviours, each with its module and its evidence."""

import re
from importlib.resources import files

HEADINGS = [["tag", "meaning"], ["behaviour", "module", "evidence"]]


class Behaviours:
    """``rows``: (behaviour, module, evidence); ``tags``: tag to meaning; ``modules``: those that there are."""

    def __init__(self, stand_in):
        self.package = files("hybridcal_daemon") / "sandbox" / stand_in
        names = {entry.name for entry in self.package.iterdir()}
        self.modules = {name for name in names if name.endswith(".py")} - {"__init__.py"}
        every = [row for row in self._tables() if row not in HEADINGS]
        self.rows = [row for row in every if len(row) == 3]
        self.tags = [row for row in every if len(row) != 3]

    def _tables(self):
        """The tables' rows, cell by cell."""
        text = (self.package / "BEHAVIOUR.md").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith("|") and not re.fullmatch(r"[|\- ]+", line)]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def check_tables(self, tags):
        """Every line is a whole row, every row names a module and one kind of evidence, no behaviour comes twice."""
        assert {row[0] for row in self.tags} == tags
        assert all(len(row) == 2 and row[1] for row in self.tags)
        for behaviour, module, evidence in self.rows:
            assert behaviour
            assert module in self.modules, behaviour
            assert evidence in tags, behaviour
        named = [(behaviour, module) for behaviour, module, _ in self.rows]
        assert len(set(named)) == len(named)

    def evidence(self, module):
        """What the rows of a module rest on."""
        return {row[2] for row in self.rows if row[1] == module}

    def docstring(self, module):
        """How a module opens."""
        return (self.package / module).read_text(encoding="utf-8").split('"""')[1]
