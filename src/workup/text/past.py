"""Whether what is told of the past is over.

"History of asthma" is asthma; "history of pneumonia" is over. So a weak cue ("history of", a section "Past medical
history") ends only what by its nature ends: infections, fractures, strokes, thromboses, tumours that were treated.
"Ago" ends what happened, not what began or was diagnosed then.

>>> note = "History of asthma and pneumonia."
>>> cue = Circumstance(kind="historical", start=0, end=10)
>>> def mention(word: str) -> Mention:
...     start = note.index(word)
...     return Mention(start=start, end=start + len(word), id="HP:0000118", label=word, method="name")
>>> is_over(note, mention("asthma"), cue, 0), is_over(note, mention("pneumonia"), cue, 0)
(False, True)
"""

from __future__ import annotations

import re

from workup.text.mention import Circumstance, Mention

_WEAK = re.compile(
    r"history|\bh ?/ ?o\b|\bhx\b|\bpmhx?\b|diagnosed|previous illness|\bage\b|\bwhen (?:he|she) was|\blast\b|"
    r"status post|\bs ?/ ?p\b|comorbid",
    re.I,
)
_AGO = re.compile(r"\bago\b", re.I)
_EPISODE = re.compile(
    r"infection|pneumonia|bronchiolitis|\botitis|pharyngitis|tonsillitis|appendicitis|mening|encephalitis|"
    r"cellulitis|abscess|"
    r"sepsis|septic|\buti\b|pyelonephritis|measles|mumps|varicella|chicken ?pox|rubella|zoster|shingles|covid|"
    r"influenza|malaria|"
    r"gonorrh|chlamydia|syphilis|tubercul|rheumatic fever|kawasaki|fracture|dislocat|sprain|concussion|injury|"
    r"trauma|stroke|"
    r"cerebrovascular accident|\bcva\b|\btia\b|transient ischemic|infarct|\bm\.?i\.?\b|heart attack|cardiac arrest|"
    r"embol|thrombos|"
    r"\bdvt\b|\bpe\b|cancer|carcinoma|lymphoma|leuk[a]?emia|melanoma|sarcoma|neoplasm|tumou?r|malignan|miscarriage|"
    r"abortion|"
    r"preeclampsia|eclampsia|jaundice|pancreatitis|cholecystitis|intussusception|ulcer|bleed|hemorrhage|"
    r"haemorrhage|febrile seizure|"
    r"febrile convulsion|bell'?s palsy|hives|anaphyla|overdose|stone|lithiasis|ectopic pregnancy|prematurity|preterm",
    re.I,
)
_LASTING = re.compile(
    r"chronic|recurrent|relapsing|hiv|hepatitis [bc]|frequent|repeated|multiple|metasta|active|ongoing|current", re.I
)
# What marks a patient for good although it is over or was treated: a stroke, a thrombosis, a tumour or a fracture is
# what rare diseases of vessels, clotting, cancer and bone are described by, whenever it was. An infection is not: all
# have them. A fracture that the note blames on an accident still counts, as fragile bones break in accidents too.
_MARKS = re.compile(
    r"fracture|dislocat|stroke|cerebrovascular accident|\bcva\b|\btia\b|transient ischemic|infarct|heart attack|"
    r"cardiac arrest|embol|thrombos|\bdvt\b|cancer|carcinoma|lymphoma|leuk[a]?emia|melanoma|sarcoma|neoplasm|tumou?r|"
    r"malignan|pancreatitis|hemorrhage|haemorrhage|stone|lithiasis|anaphyla",
    re.I,
)
_BEGAN = re.compile(
    r"\b(?:began|begin|begun|start\w*|onset|since|diagnos\w*|first|develop\w*|notic\w*|present\w*|appear\w*|died|dx)\b",
    re.I,
)
_TUMOUR = re.compile(r"cancer|carcinoma|lymphoma|leuk[a]?emia|melanoma|sarcoma|neoplasm|tumou?r|malignan", re.I)


def ends_by_nature(label: str) -> bool:
    """Whether a finding is one that comes and goes in everybody's life, as infections do.

    That it is over says little of the patient's disease, unlike seizures that were outgrown, or a stroke that healed.

    >>> ends_by_nature("Pneumonia"), ends_by_nature("Recurrent pneumonia"), ends_by_nature("Stroke")
    (True, False, False)
    """
    return bool(_EPISODE.search(label)) and not _LASTING.search(label) and not _MARKS.search(label)


def is_over(note: str, mention: Mention, cue: Circumstance, sentence_start: int) -> bool:
    """Whether a cue of the past says that the finding is over, rather than chronic or only begun then."""
    words = note[cue.start : cue.end]
    name = f"{note[mention.start : mention.end]} {mention.label}"
    near = note[max(sentence_start, mention.start - 24) : mention.end + 1]
    episode = bool(_EPISODE.search(name)) and not _LASTING.search(near)
    if _WEAK.search(words):
        return episode
    if _AGO.search(words):
        if "died" in note[sentence_start : cue.start]:
            return False
        if _BEGAN.search(note, max(sentence_start, mention.start - 60), cue.start):
            return bool(_TUMOUR.search(name)) and "year" in words
        return True
    return True
