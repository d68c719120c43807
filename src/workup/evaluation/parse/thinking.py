"""Taking reasoning blocks, special tokens and other people's turns away from a reply."""

from __future__ import annotations

import re

from workup.evaluation.parse.clean import View, view

_NAMES = r"(?:[a-z]{1,10}:)?(?:think(?:ing)?|thoughts?|reasoning|scratchpad|analysis|reflection)"
_THINK = re.compile(rf"<(/?){_NAMES}>|\[(/?)think\]|◁(/?)think▷|<\|(begin|end)_of_thought\|>|<\|?(/?)thinking\|>", re.I)
# gpt-oss and its like: <|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...
_CHANNEL = re.compile(r"<\|channel\|>\s{0,3}([a-z]{1,20})[^<]{0,60}<\|message\|>", re.I)
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start)\|>", re.I)
_TURN_END = re.compile(
    r"<\|(?:im_end|eot_id|end_of_text|endoftext|end|return|eom_id|end[ _▁]of[ _▁]sentence|im_start)\|>"
    r"|</s>|<eos>|<end_of_turn>",
    re.I,
)
_SPECIAL = re.compile(
    r"<\|[a-z0-9_ ▁]{1,40}\|>(?:assistant|user|system)?|</?s>|<(?:eos|bos|pad|unk|end_of_turn)>"
    r"|<start_of_turn>(?:model|user)?|\[/?inst\]",
    re.I,
)
_PERSON = re.compile(r"^[ *#]{0,6}(?:human|user|patient|student)[ *]{0,3}:", re.I | re.M)
_ASSISTANT = re.compile(r"^[ *#]{0,6}(?:assistant|ai|model|bot|doctor|gpt|claude)[ *]{0,3}:[ *]{0,3}", re.I | re.M)
_POLITE = re.compile(
    r"(?:^|(?<=[\s.!?)]))(?:(?:i )?(?:sincerely )?hope (?:this|that|it) |please (?:consult|see|seek|speak|talk|let me|"
    r"feel|do not hesitate|ask)\b|let me know|feel free|thank(?:s| you)\b|good luck|if you (?:have|need|would like)|"
    r"is there anything|you're welcome|happy to help|take care\b|have a (?:nice|good|great) )"
    r"[^.!?\n]{0,200}[.!?]{0,3}\s{0,9}$",
    re.I,
)
# A courtesy is looked for in the tail only: the search is anchored at the end of the text.
_TAIL = 400


def spoken(raw: str) -> tuple[View, str]:
    """What the model said to the reader, and why there is nothing if so.

    Returns:
        The cleaned text, and ``""``, ``"empty"`` or ``"unfinished reasoning"``.

    >>> spoken("<think>It may be A.</think> B<|im_end|>")[0].text
    ' B'
    """
    whole = view(raw)
    if not whole.text.strip():
        return whole, "empty"
    said = _own_turn(_first_turn(_without_thinking(_channels(whole))))
    said = _without_courtesy(said)
    if said.text.strip():
        return said, ""
    return said, "unfinished reasoning" if _THINK.search(whole.text) or _CHANNEL.search(whole.text) else "empty"


def _channels(text: View) -> View:
    marks = list(_CHANNEL.finditer(text.text))
    if not marks:
        return text
    final = [mark for mark in marks if mark.group(1).lower() == "final"]
    if final:
        return text.keep([(final[-1].end(), len(text.text))])
    end = _CHANNEL_END.search(text.text, marks[-1].end())
    return text.keep([(end.end(), len(text.text))] if end else [])


def _without_thinking(text: View) -> View:
    spans: list[tuple[int, int]] = []
    depth = begun = 0
    for mark in _THINK.finditer(text.text):
        closing = "/" in mark.groups() or (mark.group(4) is not None and mark.group(4).lower() == "end")
        if not closing:
            if depth == 0:
                begun = mark.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                spans.append((begun, mark.end()))
        else:
            # The opening mark was part of the prompt: all before is reasoning.
            spans = [(0, mark.end())]
    if depth:
        spans.append((begun, len(text.text)))
    return text.drop(spans)


def _first_turn(text: View) -> View:
    for mark in _TURN_END.finditer(text.text):
        if _SPECIAL.sub("", text.text[: mark.start()]).strip():
            text = text.keep([(0, mark.start())])
            break
        if mark.start() > _TAIL:
            break
    return text.drop([mark.span() for mark in _SPECIAL.finditer(text.text)])


def _own_turn(text: View) -> View:
    person = _PERSON.search(text.text)
    if person is None or text.text[: person.start()].strip():
        end = person.start() if person else len(text.text)
        assistant = _ASSISTANT.match(text.text, len(text.text) - len(text.text.lstrip()))
        return text.keep([(assistant.end() if assistant else 0, end)])
    assistant = _ASSISTANT.search(text.text, person.end())
    if assistant is None:
        return text
    following = _PERSON.search(text.text, assistant.end())
    return text.keep([(assistant.end(), following.start() if following else len(text.text))])


def _without_courtesy(text: View) -> View:
    for _ in range(4):
        from_ = max(0, len(text.text) - _TAIL)
        mark = _POLITE.search(text.text[from_:])
        if mark is None or not text.text[: from_ + mark.start()].strip():
            break
        text = text.keep([(0, from_ + mark.start())])
    return text
