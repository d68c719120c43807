"""Yes, no or maybe in English, French, Spanish, German, Chinese, Japanese and Arabic."""

from __future__ import annotations

import re

from workup.evaluation.parse.announced import CUE
from workup.evaluation.parse.marks import last_mark
from workup.evaluation.parse.parsed import Found
from workup.evaluation.parse.refusal import TAKEN_BACK, refusal

YES, NO, MAYBE = "yes", "no", "maybe"
_WORDS = {
    YES: "yes yeah yep yup affirmative oui sí si ja 是的 是 对 對 肯定 はい ええ そうです نعم أجل بلى",
    NO: "no nope nah non nein negative 不是 不对 否定 否 不 没有 いいえ いや 違います لا كلا",
    MAYBE: "maybe perhaps possibly peut-être peut-etre tal_vez talvez quizás quizá quizas vielleicht "
    "可能 也许 也許 或许 不确定 不一定 たぶん 多分 おそらく かもしれない ربما محتمل",
}
_MEANING = {word.replace("_", " "): meaning for meaning, words in _WORDS.items() for word in words.split()}
# Verdicts only where nothing else is said: "Certainly! ..." is a courtesy, "Unclear" may be said of an image.
_WHOLE_WORDS = {
    YES: "true correct absolutely definitely certainly of_course that_is_correct that's_correct that_is_true "
    "bien_sûr tout_à_fait claro claro_que_sí por_supuesto その通り その通りです 当然 بالتأكيد صحيح",
    NO: "false incorrect definitely_not absolutely_not certainly_not of_course_not not_at_all not_true not_correct "
    "that_is_incorrect that_is_false pas_du_tout claro_que_no en_absoluto 当然不是 不正确 错 錯 خطأ غير_صحيح",
    MAYBE: "unclear uncertain inconclusive not_sure unsure it_is_unclear it_is_uncertain it_is_not_clear it's_unclear "
    "insufficient_evidence not_enough_evidence it_depends no_estoy_seguro no_está_claro "
    "pas_sûr incertain 不能确定 无法确定 不明 不清楚 غير_مؤكد غير_واضح",
}
_WHOLE = {word.replace("_", " "): meaning for meaning, words in _WHOLE_WORDS.items() for word in words.split()}
_ALTERNATIVES = "|".join(sorted(map(re.escape, _MEANING), key=len, reverse=True))
_L = r"a-z0-9_\u00c0-\u024f\u0620-\u06ff'-"
# 是否 asks "whether".
_TOKEN = re.compile(rf"(?<![{_L}])(?!是否|是不是)({_ALTERNATIVES})(?![{_L}])")
_STOP = (
    r"[\s\"'*_`)\]」』]{0,4}(?:$|[.,;:!\n。，、！—،؛-]|です|だ|的|\b(?:because|since|as|although|but|for|given|it|this|"
    r"the)\b)"
)
_CLOSED = re.compile(_STOP)
_OPENING = re.compile(r"[\s\"'*_`(\[{$.:>#「『-]*")
_LINK = re.compile(
    r"(?:\s{0,4}(?:[:=\"'*(\[「『_`>$-]|(?:is|would be|should be|must be|most likely|likely|probably|therefore|thus|"
    r"clearly|definitely|a|an|est|es|ist|هي|هو|with)(?=[\s:*\"'])|は|应该?是|为|是(?=[^\s.。,，!]))){0,8}\s{0,4}"
)
_BOTH = re.compile(
    rf"(?<![{_L}])(?:{_ALTERNATIVES})\s{{0,2}}(?:/|,?\s{{0,2}}\b(?:or|and|ou|et|o|y|oder|und)\b|或|"
    rf"か)\s{{0,2}}(?:{_ALTERNATIVES})(?![{_L}])"
    rf"(?:\s{{0,2}}(?:/|,?\s{{0,2}}\b(?:or|ou|o)\b)\s{{0,2}}(?:{_ALTERNATIVES}))?"
)
_DENIED = re.compile(
    r"(?:\b(?:not|cannot|neither|nor|never|whether)|n't)\b[^.,;:!?\n]{0,20}$"
    r"|\bnot (?:true|correct|the case|certain|sure) that\b[^.;:!?\n]{0,60}$"
)
# Words that are verdicts wherever they stand; the others also are determiners, particles or adverbs.
_PLAIN = frozenset(
    ["yes", "yeah", "yep", "yup", "oui", "sí", "はい", "いいえ", "نعم", "nope", "maybe", "perhaps", "たぶん"]
)


def verdict(text: str, low: str) -> Found:
    """``yes``, ``no`` or ``maybe``."""
    mark = last_mark(text)
    if mark is not None:
        truth = isinstance(mark.value, bool)
        found = Found(YES if mark.value else NO, why="json") if truth else _said(mark.text.lower())
        return Found(found.value, mark.start, mark.end, mark.kind if found.value else f"{found.why} in the {mark.kind}")
    return _said(low)


def _said(low: str) -> Found:
    if whole := _whole(low):
        return Found(whole, 0, len(low), "leading")
    plain = _BOTH.sub(lambda match: " " * len(match.group()), low)
    both = plain != low
    last: Found | None = None
    for cue in CUE.finditer(plain):
        if _DENIED.search(plain[max(0, cue.start() - 80) : cue.start()]):
            continue
        link = _LINK.match(plain, cue.end())
        at = link.end() if link else cue.end()
        token = _TOKEN.match(plain, at)
        if token and _CLOSED.match(plain, token.end()):
            last = Found(_MEANING[token.group(1)], *token.span(1), "announced")
        elif whole := _whole(low[at : (low.find("\n", at) + 1 or len(low) + 1) - 1][:80]):
            last = Found(whole, at, at + len(low[at:].split("\n", 1)[0]), "announced")
    if last:
        return last
    opening = _OPENING.match(plain)
    token = _TOKEN.match(plain, opening.end() if opening else 0)
    if token and _CLOSED.match(plain, token.end()) and not both:
        for revised in TAKEN_BACK.finditer(plain, token.end()):
            again = _TOKEN.match(plain, revised.end())
            token = again if again and _CLOSED.match(plain, again.end()) else token
        return Found(_MEANING[token.group(1)], *token.span(1), "leading")
    tokens = []
    for token in _TOKEN.finditer(plain):
        word, (start, end) = token.group(1), token.span(1)
        if _DENIED.search(plain[max(0, start - 40) : start]):
            continue
        stop = re.search(r"[.!?\n;,]", plain[end : end + 40])
        if stop and stop.group() == "?":
            continue
        if word in _PLAIN or (_CLOSED.match(plain, end) and _alone_before(plain, start)):
            tokens.append(token)
    meanings = {_MEANING[token.group(1)] for token in tokens}
    if len(meanings) == 1:
        return Found(meanings.pop(), *tokens[-1].span(1), "prose")
    if meanings or both:
        return Found(None, why=f"ambiguous: {', '.join(sorted(meanings)) or 'yes, no'}")
    return Found(None, why="refusal" if refusal(low) else "no verdict")


def _whole(low: str) -> str | None:
    return _WHOLE.get(" ".join(low.strip(" \n\t*_`\"'.,:;!()[]{}$。，！「」؟،").split())) if len(low) <= 80 else None


def _alone_before(low: str, start: int) -> bool:
    """Whether a sentence, a clause or a quotation begins here."""
    before = low[max(0, start - 4) : start].rstrip(" *_\"'「『(")
    return not before or before[-1] in ".,;:!?\n。，、：؛،=-" or low[max(0, start - 3) : start] in ("is ", " a ")


def meaning(words: str) -> str | None:
    """``yes``, ``no`` or ``maybe`` when these words are nothing else.

    >>> meaning("**Oui.**"), meaning("yes and no")
    ('yes', None)
    """
    return _MEANING.get(words.lower().strip(" \n\t*_`\"'.,:;!()[]{}$。，「」؟،").removesuffix("です"))
