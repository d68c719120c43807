"""What stands between the words of a name: whether they belong together in this sentence, and what it costs.

Words without meaning and grades cost little, another finding's words a lot unless the sentence lists things ("small
hands and feet"), and another order needs something that allows it ("the hands were small", "hypoplasia of the thumbs").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from workup.text.name_table import is_plural
from workup.text.pieces import COST_HEADING, NORMALLY, Piece
from workup.text.vocabulary import AMBIGUOUS, AND, COPULA, DENYING, FILLER, PARTS, PERIODS, STOP
from workup.text.words import BRACKET, BREAK, COLON, COMMA, HYPHEN, SLASH, SPACE, SUSPENDED, Word, number_and_spelling

# What stands between the words of a name costs trust; a candidate that costs more than the limit is dropped.
COST_STOP = 0.01
COST_FILLER = 0.03
COST_OTHER = 0.30
COST_LIST = 0.12
COST_LISTED_WORD = 0.04
COST_BRACKET = 0.15
COST_ORDER = 0.05
COST_BARE_ORDER = 0.20
COST_AND = 0.08
COST_LIMIT = 0.45
MOST_LISTED = 3
# "Anemic" speaks of anemia; "dystonic", "cyanosed", "obese", "deaf" likewise.
_ADJECTIVES = ("ic", "ous", "sed", "ted", "ese", "eaf", "ind", "lind", "iced", "tensive")
_NOUNS = ("ia", "y", "is", "ism", "ness", "tion", "ice", "ion", "us", "ema", "etes", "sion", "ea")
# Words of no meaning of their own between those of a name; of others there may be few.
LIGHT = STOP | FILLER | AND | {"not"}
_SEPARATING = (COMMA, SLASH, SUSPENDED)
# "In the upper normal range" says nothing of anything upper.
_SIDES_OF_NORMAL = frozenset(("upper", "lower", "high", "low"))
# What comes after these is said of something else: "normal growth except for delay in speech".
PARTING = frozenset(("except", "excepting", "apart", "besides", "but", "although", "though", "despite", "whereas"))
ENDS_NAME = (
    STOP | PARTING | AND | COPULA | {"until", "yet", "after", "before", "since", "when", "but", "so", "or", "nor"}
)
# Nouns that are followed by what they are of, and the words that say so.
HEADS = (
    "abnormality", "abnormalities", "anomaly", "anomalies", "malformation", "malformations", "defect", "defects",
    "disorder", "disorders", "disease", "diseases", "retardation", "delay", "problem", "problems", "deformity",
    "deformities",
)  # fmt: skip
LINKS = frozenset(("of", "in", "to", "affecting", "involving", "with"))
# Words without meaning that let a name be read in another order, beside forms of "to be".
JOINING = frozenset(("of", "in", "to", "on"))


def gaps(row: list[Word], placed: Sequence[Piece], order: dict[int, int]) -> tuple[float, bool] | None:
    """What the arrangement costs and whether it reads across a list; None when the words do not belong together."""
    cost = 0.0
    listed = False
    # "Kidney anomalies" are anomalies of the kidney.
    turned = any(order[a.stem] > order[b.stem] and row[b.last].text not in HEADS for a, b in pairwise(placed))
    linked = False
    gapless = True
    for one, two in pairwise(placed):
        if two.first <= one.last:
            if two.first == one.first and two.last == one.last:
                continue
            return None
        if two.first == one.last + 1 and row[two.first].joint <= HYPHEN:
            continue
        content = 0
        for i in range(one.last + 1, two.first):
            content += row[i].text not in LIGHT
            if content > MOST_LISTED:
                return None
        between = row[one.last + 1 : two.first]
        texts = [word.text for word in between]
        joints = [word.joint for word in row[one.last + 1 : two.first + 1]]
        if BREAK in joints or not PARTING.isdisjoint(texts):
            return None
        if COLON in joints:
            if not turned and joints.count(COLON) > 0 and one.first > 3:
                return None
            cost += COST_HEADING
        if BRACKET in joints:
            cost += COST_BRACKET
        ands = not AND.isdisjoint(texts)
        comma = any(joint in _SEPARATING for joint in joints)
        if (ands or comma) and not PERIODS.isdisjoint(texts):
            # "Late childhood and puberty" is no late puberty.
            return None
        if (ands or comma) and not {row[p.first].text for p in placed}.isdisjoint(texts):
            # "Cleft lip and possibly cleft palate" are two items.
            return None
        for text in texts:
            if text in AND:
                continue
            if text in STOP or text == "not":
                cost += COST_STOP
                linked = linked or text in COPULA or text in JOINING
            elif text in FILLER:
                cost += COST_FILLER
        if between:
            gapless = False
        if not content and not ands and not comma:
            # "Mild to moderate delay" is both.
            listed = listed or _is_range(row, one.last, between)
            continue
        if not content:
            if not ands and not linked and not turned and not row[one.last].text.isdigit():
                # "Branchial clefts, lip pits": a comma alone separates rather than binds, but for "2,3 syndactyly".
                return None
            cost += COST_AND if ands else COST_OTHER / 2  # "cleft lip and palate"
            if comma and not ands and turned and not (linked and between):
                return None
            continue
        if not ands and not comma:
            if content > 1 or len(placed) < 2:
                return None
            cost += COST_OTHER
            continue
        opens = joints[0] in _SEPARATING or (bool(between) and between[0].text in AND)
        closes = joints[-1] in _SEPARATING or between[-1].text in AND
        if not (opens or closes) or not DENYING.isdisjoint(texts):
            # "Excess skin with no webbing or pits" has no pits of the skin.
            return None
        if row[one.last].text.endswith(HEADS) and (not texts or texts[0] not in LINKS):
            # "Malformations, fistulae, mixed hearing loss" is not an abnormality of hearing; "of eye and hearing" is.
            return None
        listed = True
        cost += COST_LIST + COST_LISTED_WORD * content
    if listed and turned and not linked:
        return None
    if turned:
        cost += COST_ORDER if linked or len(placed) > 2 else COST_BARE_ORDER if gapless else COST_OTHER
    return cost, listed


def nearest(row: list[Word], pieces: Sequence[Piece], middle: Piece) -> Piece:
    """Of several places of a stem the nearest, if two are as near one that no comma parts.

    The mouth is wide in "a wide mouth, widely spaced teeth".
    """

    def distance(piece: Piece) -> tuple[int, bool, bool]:
        after = piece if piece.first > middle.first else middle
        return abs(piece.first - middle.first), row[after.first].joint not in (SPACE, HYPHEN), after is middle

    return min(pieces, key=distance)


def in_plural(row: list[Word], at: dict[int, list[Piece]], number: int) -> bool:
    """Whether a sentence has a stem in the plural."""
    return any(is_plural(row[piece.last].text) for piece in at.get(number, ()))


def before_colon(row: list[Word], placed: Sequence[Piece]) -> int:
    """How many words of a name stand before a colon that the name reaches across."""
    last = placed[-1].first
    colon = next((i for i in range(last, placed[0].last, -1) if row[i].joint == COLON), 0)
    return sum(1 for piece in placed if piece.last < colon)


def is_phrase(row: list[Word], placed: Sequence[Piece]) -> bool:
    """Whether the words of a name are a phrase of their own, not part of one that means something else.

    Under the heading "FACE", "small" is a small face in "small, round" and not in "small space between the teeth".
    """
    before, after = row[: placed[0].first + 1][-2:], row[placed[-1].last + 1 : placed[-1].last + 2]
    tied = [(before[0], before[1])] if len(before) == 2 else []
    tied += [(word, word) for word in after]
    return all(joint.joint not in (SPACE, HYPHEN) or _is_light(word) for word, joint in tied)


def _is_light(word: Word) -> bool:
    return word.text in ENDS_NAME or word.text in FILLER or word.text in DENYING


def _is_range(row: list[Word], before: int, between: list[Word]) -> bool:
    """Whether a grade is followed by another one: "mild to moderate"."""
    return len(between) == 2 and between[0].text == "to" and between[1].text in FILLER and row[before].text in FILLER


def is_said_normal(row: list[Word], placed: Sequence[Piece]) -> bool:
    """Whether the word "normal" is said of the other pieces of a name, and of all that they name.

    Not in "output was normal, the chest ...", where it looks back, nor in "normal skeletal development", where the
    noun it belongs to comes later.
    """
    well = next(piece.first for piece in placed if piece.text is NORMALLY)
    last = placed[-1].last
    if well and row[well - 1].text in _SIDES_OF_NORMAL:
        return False
    if last == well:
        return True
    if well and row[well - 1].text in COPULA:
        return False
    after = row[last + 1] if last + 1 < len(row) else None
    return after is None or after.joint not in (SPACE, HYPHEN) or after.text in ENDS_NAME or after.text in FILLER


def same_word(row: Sequence[Word], piece: Piece, surfaces: Sequence[str]) -> bool:
    """Whether a word of the note may stand for a name of a single word.

    One word has no company that tells what is meant, so that a shared stem is not enough: "negative" is not
    negativism, and a spine is not spinning. It must be the same word in another number or spelling, or the
    adjective of a medical noun.
    """
    text = piece.text or "".join(word.text for word in row[piece.first : piece.last + 1])
    if text in AMBIGUOUS:
        return False
    plain = number_and_spelling(text)
    if any(plain == number_and_spelling(surface) for surface in surfaces):
        return True
    if any(surface in (text + "ing", text + text[-1] + "ing") for surface in surfaces):
        return text not in AMBIGUOUS and text not in PARTS
    if any(surface in (text + "ness", text[:-1] + "iness") for surface in surfaces):
        return text not in PARTS  # pale, drowsy
    return len(text) >= 5 and text.endswith(_ADJECTIVES) and any(surface.endswith(_NOUNS) for surface in surfaces)
