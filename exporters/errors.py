"""Errors of this package, each named by its situation.

Every sentence starts with the segment (or the file) that it is about, says what
happened and what to do next, and never holds a person's data. Errors of other
libraries can quote values, so they are replaced here and not chained.
"""


class ExportError(Exception):
    """Root of every error that this package raises on purpose."""


class BadSegmentNameError(ExportError):
    """A segment is not named like a plain word, so it cannot name a folder."""


class WarehouseUnreadableError(ExportError):
    """A query on the night's warehouse failed."""


class MissingColumnsError(ExportError):
    """A table of the warehouse lacks columns that a file needs."""


class UnsupportedColumnError(ExportError):
    """A column has a type, or a name, that cannot become a token."""


class DuplicatePersonError(ExportError):
    """A person stands twice in what should be one row a person."""


class NotInAudienceError(ExportError):
    """Somebody would be written to who is not in the audience as they stand there."""


class FileNotWrittenError(ExportError):
    """The system refused to write a file, for example because the disk is full."""


class UnsafePathError(ExportError):
    """A file would have been written outside its folder or through a link."""


class SenderRefusedError(ExportError):
    """The sender's details cannot be used in a message."""


class SumMismatchError(ExportError):
    """A waterfall does not add up: somebody is counted twice, or not at all."""


class ManifestIncompleteError(ExportError):
    """The manifest would not say the truth about the files beside it."""


class RenderWorkerLostError(ExportError):
    """A rendering process ended before it had answered."""


class TemplateBrokenError(ExportError):
    """A template cannot be used; it alone is held back.

    ``template`` and ``file`` are names below the templates folder, ``line`` counts
    from 1 (0: the file as a whole), and ``problem`` is a sentence without values.
    """

    def __init__(
        self, segment: str, template: str, file: str, line: int, problem: str
    ) -> None:
        """Build the sentence from its parts, which stay readable as attributes."""
        self.segment = segment
        self.template = template
        self.file = file
        self.line = line
        self.problem = problem
        place = f"{file} line {line}" if line else file
        super().__init__(f"{segment}: template {template}, {place}: {problem}")

    def held_back(self) -> dict[str, str]:
        """Return the entry for the manifest's list ``held_back``."""
        return {"kind": "template", "name": self.segment, "reason": str(self)}


class UnknownTokenError(TemplateBrokenError):
    """A template uses a name that no column provides."""
