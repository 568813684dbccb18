"""How mails that were written look in a terminal."""

from rich.console import Console
from rich.text import Text

from orchestration.looking.person_text import print_rows
from orchestration.looking.sends import Sends


def print_sends(sends: Sends, console: Console | None = None) -> None:
    """Print tonight's mails with what the rules say, then the earlier ones."""
    out = console or Console(highlight=False)
    out.print(Text(f"{sends.name} on the night of {sends.night}", style="bold"))
    if not sends.tonight:
        out.print(Text("In no segment tonight that may write: no mail."))
    print_rows(out, "Tonight", sends.tonight)
    if not sends.earlier:
        out.print()
        out.print(Text("No mail of an earlier night is known."))
    print_rows(out, "Earlier nights", sends.earlier)
