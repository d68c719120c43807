"""Did an edit do what its name says, and no more? A second look at each variant, blind to how it was made.

That the edits can be undone (:func:`~workup.evaluation.audits.variant.unlike`) says that nothing else was touched, not
that what was touched is what was meant. So the changed case is read again:

    mask          its finding is told nowhere any more, and no other came or went
    negation      its finding is denied, nowhere still there, and every other is as it was
    number        one number is another, by at most a tenth or to the value that the case names
    sex, age      the words say the other sex, an age up to two years away; the findings are the same
    synonym, ...  the same findings with the same status; of a new order the same sentences

>>> from workup.evaluation.audits.variant import Edit, edited
>>> case = Case(id="1", text="The boy is 9 years old. Heart rate is 60/min.", age="P9Y")
>>> far = Edit(field="text", start=38, end=40, before="60", after="90")
>>> doubts(case, Variant(case=edited(case, [far]), perturbation="number", edits=(far,)))
('60 became 90, which is no small change',)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import msgspec

from workup.case import Case
from workup.evaluation.audits.finding_edits import NOT_RECORDED, deciding_values, told_by
from workup.evaluation.audits.mentions import mentioned
from workup.evaluation.audits.text_edits import DISTRACTORS, SMALL
from workup.evaluation.audits.variant import TEXT, Variant, stem
from workup.text.document import Document
from workup.text.persons import read_person

_YEARS = 2
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_OTHER = {"female": "male", "male": "female"}


def doubts(case: Case, variant: Variant) -> tuple[str, ...]:
    """What a variant does that its name does not say, or does not do; empty when it is what it says."""
    check = _CHECKS.get(variant.perturbation)
    return tuple(check(case, variant)) if check else ()


def _told(case: Case) -> Counter[tuple[str, str]]:
    return Counter((one.id, str(one.status)) for one in mentioned(case)) + Counter(
        (one.id, str(one.status)) for one in case.findings
    )


def _findings(case: Case, variant: Variant) -> list[str]:
    """Findings whose number or status is another."""
    before, after = _told(case), _told(variant.case)
    return [f"{name} is {status} {after[name, status]} times, not {before[name, status]}" for name, status in
            sorted({*(before - after), *(after - before)})]  # fmt: skip


def _mask(case: Case, variant: Variant) -> list[str]:
    before, after = _told(case), _told(_without_mark(variant.case))
    target = variant.target
    wrong = [f"{name} still tells {target}" for name in sorted({name for name, status in after if status == "present"})
             if told_by(name, target)]  # fmt: skip
    other = {key: count for key, count in ((before - after) + (after - before)).items() if key[0] != target}
    return wrong + [f"{name} came or went as well" for name, _ in sorted(other)]


def _without_mark(case: Case) -> Case:
    """The case with a mark that nobody takes for a denial of what follows it: "[not recorded] and cough"."""
    field, text = stem(case)
    mark = f"[{'x' * (len(NOT_RECORDED) - 2)}]"
    changed = text.replace(NOT_RECORDED, mark)
    if field == TEXT:
        return msgspec.structs.replace(case, text=changed) if case.text else case
    question = case.question and msgspec.structs.replace(case.question, text=changed)
    return msgspec.structs.replace(case, question=question)


def _negation(case: Case, variant: Variant) -> list[str]:
    if not variant.target:
        return _all_denied(case, variant)
    before, after = _told(case), _told(variant.case)
    was = "excluded" if variant.expectation == "open" and not before[variant.target, "present"] else "present"
    now = "present" if was == "excluded" else "excluded"
    wrong = []
    if not after[variant.target, now]:
        wrong.append(f"{variant.target} is not {now} now")
    if now == "excluded":
        still = sorted({name for name, status in after if status == "present" and told_by(name, variant.target)})
        wrong += [f"{name} still tells {variant.target}" for name in still]
    moved = (before - after) + (after - before)
    return wrong + [f"{name} is {status} otherwise" for name, status in sorted(moved) if name != variant.target]


def _all_denied(case: Case, variant: Variant) -> list[str]:
    before, after = _told(case), _told(variant.case)
    if after.total() != before.total() or sum((after - before).values()) < 2:
        return ["fewer than two findings are denied, or some came or went"]
    return [f"{name} is {status} now" for name, status in sorted(after - before) if status != "excluded"]


def _number(case: Case, variant: Variant) -> list[str]:
    _, first = stem(case)
    _, second = stem(variant.case)
    old, new = _NUMBER.findall(first), _NUMBER.findall(second)
    if _NUMBER.sub("", first) != _NUMBER.sub("", second) or len(old) != len(new):
        return ["more than a number changed"]
    changed = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    if len(changed) != 1:
        return [f"{len(changed)} numbers changed"]
    ((one, other),) = changed
    if variant.target:
        known = deciding_values(case, variant.target)
        return [] if (one, other) == known else [f"{one} became {other}, which the case does not name"]
    near = abs(float(other) - float(one)) <= SMALL * abs(float(one)) + 1e-9
    return ([] if near else [f"{one} became {other}, which is no small change"]) + _findings(case, variant)


def _synonym(case: Case, variant: Variant) -> list[str]:
    places = {(one.start, one.end) for one in mentioned(case)}
    beside = [edit.after for edit in variant.edits if (edit.start, edit.end) not in places]
    return [f"{words!r} replaces no finding" for words in beside] + _findings(case, variant)


def _reorder(case: Case, variant: Variant) -> list[str]:
    texts = [stem(one)[1] for one in (case, variant.case)]
    first, second = (sorted(text[start:end].strip() for start, end in Document.of(text).sentences) for text in texts)
    return ([] if first == second else ["the sentences are not the same"]) + _findings(case, variant)


def _distractor(case: Case, variant: Variant) -> list[str]:
    added = [edit.after.lstrip(". ") for edit in variant.edits]
    own = len(added) == 1 and added[0] in DISTRACTORS and not variant.edits[0].before
    return ([] if own else ["it adds other words than it may"]) + _findings(case, variant)


def _typo(case: Case, variant: Variant) -> list[str]:
    edits = variant.edits
    slip = len(edits) == 1 and len(edits[0].before) == 2 and edits[0].before[::-1] == edits[0].after
    return [] if slip and edits[0].before.isalpha() else ["it is not two letters exchanged"]


def _sex(case: Case, variant: Variant) -> list[str]:
    first, second = (one.sex if one.sex != "unknown" else read_person(stem(one)[1]).sex for one in (case, variant.case))
    read = read_person(stem(variant.case)[1]).sex
    wrong = [] if second == _OTHER.get(first) or (first == second == "unknown") else [f"{first} became {second}"]
    if read not in ("unknown", second):
        wrong.append(f"the words still say {read}")
    return wrong + _findings(case, variant)


def _age(case: Case, variant: Variant) -> list[str]:
    far = [edit for edit in variant.edits if abs(_years(edit.after) - _years(edit.before)) not in range(1, _YEARS + 1)]
    return [f"{edit.before} became {edit.after}" for edit in far] + _findings(case, variant)


def _years(words: str) -> int:
    found = _NUMBER.search(words)
    return int(float(found[0])) if found else 10**6


def _options(case: Case, variant: Variant) -> list[str]:
    first, second = case.question, variant.case.question
    if first is None or second is None or sorted(first.options.values()) != sorted(second.options.values()):
        return ["the options say something else"]
    before, after = case.reference, variant.case.reference
    if before is None or after is None or before.answer is None or after.answer is None:
        return []
    same = first.options.get(before.answer) == second.options.get(after.answer)
    return [] if same else ["another option is right"]


def _injection(case: Case, variant: Variant) -> list[str]:
    right = {case.reference.answer, *case.reference.accepted} if case.reference else set()
    return [f"it orders the right answer {variant.target}"] if variant.target in right else []


def _bare(case: Case, variant: Variant) -> list[str]:
    left = variant.case
    return ["something of the patient is left"] if left.findings or left.age or left.sex != "unknown" else []


_CHECKS: dict[str, Callable[[Case, Variant], list[str]]] = {
    "mask": _mask,
    "negation": _negation,
    "number": _number,
    "synonym": _synonym,
    "reorder": _reorder,
    "distractor": _distractor,
    "typo": _typo,
    "sex": _sex,
    "age": _age,
    "option-shuffle": _options,
    "form-numbers": _options,
    "form-words": _options,
    "injection": _injection,
    "options-only": _bare,
    "words-shuffled": _bare,
}
"""By perturbation; translations are checked where they are made, by what comes back."""
