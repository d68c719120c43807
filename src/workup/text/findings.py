"""From the mentions of a note to the findings of a case: one per term, with every place that says so.

A note speaks of a finding more than once and not always in the same way. The rules, in order:

1. What a person decided (``method == "user"``) outweighs what was read.
2. What the patient had and no longer has counts as present, as diseases are described by what they ever do: seizures
   that ceased, a stroke or a fracture that healed. Only what ends by nature in everybody
   (:func:`~workup.text.past.ends_by_nature`: an infection) stays open when it is over.
3. A statement about the patient (present, excluded) outweighs one that leaves it open (``unknown``: a relative, a
   plan, a suspicion).
4. Of contradicting statements the more frequent one holds. On a tie the finding is present: an absence is usually
   noted of one moment or one place ("no seizures before the age of two"), so it does not undo what was seen.

Every contradiction is listed with both of its places, whatever the rules made of it.

>>> note = "Seizures since birth. No seizures today. Seizures again at night."
>>> mentions = [
...     Mention(start=start, end=start + 8, id="HP:0001250", label="Seizure", method="name", status=status)
...     for start, status in ((0, "present"), (25, "excluded"), (41, "present"))]
>>> findings, issues = findings_of(note, mentions)
>>> findings[0].status, findings[0].spans
('present', ((0, 8), (41, 49)))
>>> issues[0].code
'contradiction'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workup.case import Finding, Status
from workup.errors import Issue
from workup.text.mention import Mention, is_past
from workup.text.past import ends_by_nature

_LONGEST_QUOTE = 60
# More contradictions than anybody reads; the rest is counted.
_MOST_LISTED = 20


def findings_of(note: str, mentions: Iterable[Mention]) -> tuple[tuple[Finding, ...], list[Issue]]:
    """Merge mentions into findings, one per term, in order of their first mention.

    Returns:
        The findings, with the spans that say what their status says; and the contradictions.
    """
    grouped: dict[str, list[Mention]] = {}
    for mention in sorted(mentions, key=lambda one: (one.start, one.end, one.id)):
        grouped.setdefault(mention.id, []).append(mention)
    findings: list[Finding] = []
    issues: list[Issue] = []
    contradictions = 0
    for members in grouped.values():
        status = status_of(members)
        holding = [one for one in members if says(one) == status]
        decided = [one for one in holding if one.method == "user"]
        findings.append(
            Finding(
                id=members[0].id,
                label=(decided or holding)[0].label,
                status=status,
                spans=tuple(dict.fromkeys(span for one in holding for span in one.parts or ((one.start, one.end),))),
            )
        )
        if {"present", "excluded"} <= {says(one) for one in members}:
            contradictions += 1
            if contradictions <= _MOST_LISTED:
                issues.append(_contradiction(note, members, status))
    if contradictions > _MOST_LISTED:
        issues.append(
            Issue(
                message=f"{contradictions - _MOST_LISTED} more findings are said to be present and to be absent",
                remedy="check that the note is about one patient, or settle them with --confirm",
                code="contradiction",
                field="text",
            )
        )
    return tuple(findings), issues


def says(mention: Mention) -> Status:
    """What one mention says of the patient for a differential: its status, or present for what is over but telling.

    >>> from workup.text.mention import Circumstance
    >>> past = (Circumstance(kind="historical", start=0, end=3),)
    >>> [says(Mention(start=4, end=9, id="HP:0000118", label=label, method="name", status="unknown", contexts=past))
    ...  for label in ("Seizure", "Pneumonia")]
    ['present', 'unknown']
    """
    return "present" if is_past(mention) and not ends_by_nature(mention.label) else mention.status


def status_of(members: Sequence[Mention]) -> Status:
    """The status that several mentions of one finding amount to; see the module's rules."""
    decided = [one for one in members if one.method == "user"] or members
    present = sum(says(one) == "present" for one in decided)
    excluded = sum(says(one) == "excluded" for one in decided)
    if not present and not excluded:
        return "unknown"
    return "present" if present >= excluded else "excluded"


def _contradiction(note: str, members: Sequence[Mention], status: Status) -> Issue:
    present = [one for one in members if says(one) == "present"]
    excluded = [one for one in members if says(one) == "excluded"]
    if any(one.method == "user" for one in members):
        why = "as you decided"
    elif len(present) == len(excluded):
        why = "as both are said equally often"
    else:
        why = "as most places say"
    label = f"{members[0].label} ({members[0].id})"
    return Issue(
        message=f"{label} is said to be present ({_places(note, present)}) and to be absent "
        f"({_places(note, excluded)}); it counts as {status}, {why}",
        remedy="settle it with --confirm, or with --add, --exclude or --drop",
        code="contradiction",
        field="text",
    )


def _places(note: str, members: Sequence[Mention]) -> str:
    first = f"{place(note, members[0].start)}: {quote(members[0].words(note))}"
    return first if len(members) == 1 else f"{first}, and {len(members) - 1} more"


def place(note: str, offset: int) -> str:
    """Where in a note, for a person: the line, or the character when all is one line.

    >>> place("a\\nb", 2), place("a b", 2)
    ('line 2', 'character 3')
    """
    if "\n" not in note:
        return f"character {offset + 1:,}"
    return f"line {note.count(chr(10), 0, offset) + 1:,}"


def quote(words: str) -> str:
    """Words of a note on one line, shortened in the middle, between quotation marks."""
    line = " ".join(words.split())
    if len(line) > _LONGEST_QUOTE:
        half = _LONGEST_QUOTE // 2
        line = f"{line[:half].rstrip()} … {line[-half:].lstrip()}"
    return f"“{line}”"
