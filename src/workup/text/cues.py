"""The words that qualify what is said after or before them, as data.

The idea of trigger words with a scope that other words end is NegEx's and ConText's (Chapman et al. 2001, J Biomed
Inform 34:301-310; Harkema et al. 2009, J Biomed Inform 42:839-851); this list and the rules for scopes are our own.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from workup.text.mention import CircumstanceKind

Direction = Literal["before", "after", "both"]
Reach = Literal["item", "clause", "list"]

TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\S")


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


class Cue(NamedTuple):
    """What a phrase does.

    ``kind`` None is a phrase that looks like a cue and is none ("no change", "not only"). ``direction`` says where the
    cue stands: before what it qualifies, after it, or either. ``reach``: ``item`` ends at a comma or "and"; ``clause``
    goes over commas only where the rest reads as a list; ``list`` goes over all commas.
    """

    kind: CircumstanceKind | None
    direction: Direction
    reach: Reach


_CUES = """
negated before clause: no | not | without | w/o | w / o | never | don't | doesn't | didn't | isn't | wasn't | aren't |
 weren't | hasn't | haven't | hadn't | dont | doesnt | didnt | isnt | wasnt | hasnt | non | sans | rather than |
 instead of | as opposed to | zero | never had | has never had | not had
negated before list: denies | denied | deny | denying | denies any | denies having | negative for | neg for | is
 negative for | was negative for | are negative for | were negative for | has been negative for | -ve for | absence of
 | in the absence of | the absence of | lack of | lacks | lacked | lacking | free of | free from | free for | no
 evidence of | no evidence for | no history of | no past history of | no prior history of | no h/o | no hx of | no
 known history of | no personal history of | no signs of | no sign of | no signs or symptoms of | no symptoms of | no
 features of | no feature of | no indication of | no suggestion of | no complaints of | no complaint of | no episodes
 of | no episode of | no findings of | no stigmata of | no clinical evidence of | no reported | no family history of |
 without evidence of | without any | without signs of | without history of | without any history of | without a
 history of | without symptoms of | without any signs of | not have any | not have | does not have | did not have | do
 not have | doesn't have | didn't have | not complain of | nor | neither | none of | not report | does not report |
 did not report | not endorse | does not endorse | unremarkable for | unremarkable for any | negative with respect to
 | ruled out for | rules out | ruled out | rule out was negative for | excludes | excluding | exclusion of | fails to
 reveal | failed to reveal | failed to show | fails to show | not show | did not show | did not reveal | not reveal |
 does not show | not demonstrate | did not demonstrate | not exhibit | does not exhibit | did not exhibit | not
 suggestive of | not consistent with | not associated with | no associated | resolved without | never experienced |
 has never experienced | never developed | no longer denies
negated before item: negative | non - | absent
negated after item: absent | is absent | was absent | negative | is negative | was negative | not present | is not
 present | was not present | not seen | not noted | not found | not appreciated | not detected | not observed | not
 identified | not evident | not reported | not heard | not elicited | not demonstrated | not palpable | not palpated |
 not apparent | not visible | unlikely to be present | - free | never present | never noted | never seen | never
 observed | never occurred | not been noted | not been seen | not been observed | not been reported | not been present
 | not been documented | not documented | not experienced | not a feature | nil
negated after list: are absent | were absent | are negative | were negative | are not present | were not present |
 were not seen | are not seen | were not noted | were not found | were not observed | were not detected | was denied |
 were denied | is denied | are denied | was ruled out | were ruled out | has been ruled out | have been ruled out |
 had been ruled out | is ruled out | was excluded | were excluded | has been excluded | have been excluded | is
 excluded | are excluded | all negative | all absent | not otherwise present
uncertain before item: possible | possibly | probable | probably | likely | most likely | suspected | suspect |
 suspects | questionable | presumed | presumptive | presumably | query | equivocal | apparent | perhaps | borderline |
 unlikely | unlikely to be | is unlikely to be | is unlikely to have | less likely | very likely | highly likely |
 less likely than not | not clearly | provisional | working diagnosis of | potential | ? | + / - | ± | +/- | no
 definite | no definitive
uncertain before list: worried it is | worried that | worried it might be | worried he has | worried she has | worried
 that he has | fears it is | thinks it is | thinks he has | thinks she has | thinks he may have | believes he has |
 believes she has | believes it is | leading diagnosis is | wonders whether | suspicion of | suspicion for |
 suspicious for | suspicious of | suspicion was raised for | concern for | concerns for | concerning for | concern
 about | concerned about | concerned for | concern of | concerns about | worrisome for | worry about | worried about |
 fear of possible | may have | might have | may have had | might have had | could have | could have had | may be |
 might be | could be | may represent | might represent | could represent | may indicate | could indicate | may suggest
 | could suggest | may | might | suggestive of | suggesting | suggests | suggest | suggested | indicative of possible
 | raises the possibility of | raising the possibility of | possibility of | possibility that | cannot exclude |
 cannot rule out | can't exclude | can't rule out | unable to exclude | unable to rule out | could not exclude | could
 not rule out | can not exclude | can not rule out | not exclude | not rule out | does not exclude | does not rule out
 | did not rule out | not ruled out | has not ruled out | differential includes | differential diagnosis includes |
 differential diagnosis included | differential included | differential diagnosis of | differential diagnoses include
 | differential diagnosis | ddx | ddx includes | consider | considering | considered | unclear if | unclear whether |
 uncertain if | uncertain whether | unsure if | unsure whether | not sure if | not certain if | not certain whether |
 question of | questioned | questions whether | whether | thought to be | thought to have | believed to be | believed
 to have | felt to be | impression of possible | appears to be possible | diagnosis of exclusion | either | it is
 unclear whether
uncertain after item: is possible | is suspected | was suspected | suspected | is likely | is unlikely | was unlikely
 | seems unlikely | unlikely | is questionable | questionable | possible | is probable | cannot be excluded | cannot
 be ruled out | can not be excluded | can not be ruled out | could not be excluded | could not be ruled out | can't be
 excluded | can't be ruled out | not excluded | not ruled out | has not been excluded | has not been ruled out | not
 been ruled out | not been excluded | is considered | was considered | are considered | were considered | is a concern
 | were suspected | are suspected | is uncertain | was uncertain | is unclear | unclear | equivocal | was equivocal |
 is equivocal | was questioned | in question | not certain | not known | unknown | ( ? ) | + / - | ± | may be present
 | might be present | could be present
uncertain both item: vs | versus | vs. | vs .
hypothetical before list: not useful to treat | not be useful to treat | not effective for | not be effective for |
 known to cause | side effect of | adverse effect of | complication of | complications of | a complication of |
 potential complication | chance of | chances of | likelihood of | probability of | threat of | to reduce | protect
 against | protects against | protection against | to protect against | in the treatment of | asks about | asks if |
 asked if | asked about | wonders if | wants to know if | contraindicated in | commonly used for | used to prevent |
 lead to | leads to complications such as | useful to treat | useful for | is indicated for | used to treat | is used
 for | used in the treatment of | going to cause | will cause | afraid that | afraid of | cautioned that | cautioned
 about | cautioned against | warned that | no risk of | no risk factors for | no risk for | if | return if | in case
 of | in the event of | risk of | risk for | risk factors for | risk factor for | at risk of | at risk for | increased
 risk of | increased risk for | high risk for | high risk of | risk of developing | at risk of developing | risk for
 developing | predisposed to | predisposes to | predisposition to | predisposition for | susceptible to |
 susceptibility to | screen for | screening for | screened for | to screen for | rule out | to rule out | r/o | r / o
 | ruling out | to exclude | watch for | watch out for | monitor for | monitoring for | monitored for | surveillance
 for | evaluate for | assess for | to assess for | to evaluate for | check for | test for | testing for | tested for |
 look for | looking for | to look for | workup for | work - up for | work up for | prevent | prevents | to prevent |
 prevention of | preventing | prophylaxis | prophylaxis for | prophylaxis against | to avoid | avoid | counseled about
 | counseled on | counselled about | counselled on | counseled regarding | counselled regarding | educated about |
 educated on | warned about | warned of | signs of impending | vaccination against | vaccine for | immunization
 against | complications such as | complications include | side effects such as | side effects include | side effects
 including | adverse effects such as | potential complications | potential for | may develop | might develop | could
 develop | can develop | may cause | can cause | could cause | might cause | may lead to | can lead to | may result in
 | can result in | unless | in the future | anticipate | anticipated | expected to develop | precautions for | be
 alert for | alert to | call if | call for | come back if | seek care for | seek care if | seek medical attention for
 | seek attention if | report any | contact us if | should he | should she | should they | should you | should there
 be | should any | should the patient | when to return
hypothetical after item: should be ruled out | needs to be ruled out | need to be ruled out | must be ruled out | to
 be ruled out | should be excluded | must be excluded | to be excluded | prophylaxis | precautions | screening |
 screen | should be considered | risk | if it recurs | needs to be excluded | occurs | occur | develops | recur |
 recurs | worsens
historical before list: history of | history significant for | history notable for | history is significant for |
 history is notable for | history remarkable for | history is remarkable for | history positive for | history includes
 | history included | history of recurrent | medical history of | past medical history of | past history of | past
 medical history is significant for | previous history of | prior history of | remote history of | h/o | h / o | hx of
 | pmh of | pmhx of | s/p | s / p | status post | previously had | had previously | used to have | previously
 diagnosed with | previously treated for | no longer has | no longer have | no longer had | no longer | recovered from
 | resolution of | treated in the past for | in childhood had
historical before item: previous | prior | past | former | formerly | remote | resolved | healed | old | previously
historical after item: winters ago | summers ago | at age | at the age of | when he was | when she was | last year |
 last winter | last summer | in his youth | in her youth | in college | in high school | during adolescence | during
 infancy | resolved | has resolved | had resolved | have resolved | resolved spontaneously | resolving | in the past |
 in childhood | as a child | during childhood | in infancy | as an infant | as a baby | years ago | year ago | months
 ago | decades ago | as a teenager | in adolescence | in the remote past | no longer present | disappeared | has
 disappeared | subsided | has subsided | now resolved | since resolved | in remission | previously
- before item: concerns about his | concerns about her | concerned about his | concerned about her | worried about his
 | worried about her | concerned about their | not useful | not helpful | not effective | not help | not helped | not
 be useful | not be helpful | not be effective | not relieve | day history of | week history of | month history of |
 hour history of | year history of | days history of | weeks history of | months history of | years history of | day
 h/o | week h/o | month h/o | year h/o | no increase | no increase in | no change | no change in | no changes in | no
 interval change | no significant change | no significant interval change | no significant change in | no further | no
 further work - up | not only | not just | not merely | not simply | not necessarily | without difficulty | without
 any difficulty | without further | without significant change | without change | gram negative | gram - negative |
 false negative | rh negative | rh - negative | hiv negative | no doubt | no question | not drain | not cause | with
 or without | not until | not respond to | not responding to | not responded to | not responsive to | no response to |
 no improvement in | no improvement of | no improvement | no improvement with | no relief | no relief of | no relief
 from | without relief | without improvement | not improve | not improved | not improving | not relieved | not
 relieved by | not resolve | not resolved | not limited to | not because | not because of | not due to | not explained
 by | not interfere with | not examined | not assessed | not tested | not done | not evaluated | not evaluable | not
 available | not obtained | not performed | not on | not taking | not take | not taken | not treated for | no
 treatment for | no therapy for | no medication for | no medications for | not take any medication | not take any
 medications | no cause for | no cause of | no explanation for | no worsening of | not worsened | not worsening | not
 changed | unchanged | no decrease in | no reduction in | no resolution of | not controlled | not well controlled |
 not well - controlled | not fully | not completely | not always | not limiting | not uncommon | not unusual | not
 infrequently | not infrequent | not without | no less than | no more than | no sooner | no later than | not later
 than | not mind | not sure what | no effect on | no effect | not affect | not affected by | not seeking | not
 followed | not been followed | not seen by | not been evaluated | not been treated | not adherent | not compliant |
 not sought | not sleep | not know | not remember | not recall | not drink | not smoke | not use | not attend | not
 work | not gain | not received | not receive | not worse | not better | no better | no worse | no longer than | not
 subside | not abate | not stop | not diminish | not tolerate | not able to tolerate | not radiate | not exacerbated
 by | not aggravated by | not alleviated by | not associated with meals | likely to be well | past few | past several
 | past two | past three | past year | past month | past week | past day | past days | past weeks | past months | past
 years | prior to | previous visit | prior visit | previous examination | past 2 | past 3 | past 4 | past 5 | past 6 |
 past 1 | if any | as if | if anything | may 1 | history of present illness | natural history of | history of exposure
 to | history of travel | old man | old woman | old male | old female | old boy | old girl | - old | years old | year
 old | month old | months old | days old | weeks old | more likely | likely to
"""
# "denied" and "ruled out" stand before or after what they qualify; a form of "to be" before them says which (above).

_STOPS = """
but | however | although | though | except | except for | except that | apart from | aside from | other than | besides
| nevertheless | nonetheless | yet | whereas | while | still | because | because of | due to | secondary to | since |
therefore | thus | hence | which | who | whom | where | when | after which | despite | in spite of | on the other hand
| presents with | presenting with | presented with | presents for | cause of | causing | caused by | resulting in |
leading to | attributed to | in the setting of | in addition to | until | unless | ; | with the exception of | only |
so that | positive for | pos for | remarkable for | significant for | notable for | endorses | endorsed | complains of
| complained of | and then | followed by | then | and is positive for | does have | did have | does report | does
endorse | with associated | instead | at which
"""

NEW_STATEMENT = word_set(
    """
    he she they it there this these that his her their its the a an we i patient pt child boy girl infant baby man
    woman proband mother father brother sister parents mom dad has had have is was are were shows showed showing
    developed develops presents presented reports reported reporting complains complained endorses endorsed noted
    revealed reveals demonstrates demonstrated positive + mild mildly slight slightly moderate moderately severe
    severely marked markedly prominent some several multiple few very bilateral left right large small increased
    decreased elevated present normal examination exam mri ct eeg labs on with admits admitted found felt began
    experienced does did can could will would appears appeared also now currently intact
    """
)
"""A word of these after a comma or "and" begins a new statement, so that no scope reaches over it."""

FINITE = word_set(
    """
    is was are were has had have shows showed reveals revealed demonstrates demonstrated developed presents presented
    """
)
SUBJECTS = word_set(
    """
    he she patient pt proband propositus proposita child boy girl infant baby newborn index
    """
)

MEMBERS = word_set(
    """
    mother father mom mum mommy dad daddy parent parents brother brothers sister sisters sibling siblings sib sibs
    aunt aunts uncle uncles cousin cousins grandmother grandfather grandparent grandparents grandma grandpa niece
    nieces nephew nephews relative relatives grandson granddaughter grandsons granddaughters wife husband spouse
    flatmate roommate friend friends coworker coworkers colleague colleagues boyfriend girlfriend neighbor neighbour
    classmate classmates half-brother half-sister stepmother stepfather son sons daughter daughters mother's father's
    brother's sister's twin cotwin kindred
    """
)
SIDES = frozenset(("maternal", "paternal"))
INFORMANT_VERBS = word_set(
    """
    reports reported report states stated says said notes noted noticed notices describes described denies denied
    observed believes thinks thought brought brings bring called calls took takes feels felt recalls recalled mentions
    mentioned complains complained endorses endorsed found finds saw worries worried concerned asks asked claims
    claimed tells told requests noticing gave gives is are was were explains explained confirms confirmed indicates
    indicated adds added expresses expressed
    """
)
"""After "mother", these make her the one who tells and not the one who has it ("is", "was" only before "
""concerned" & co)."""
TELLING = word_set(
    """
    concerned worried unsure certain aware convinced afraid uncertain anxious sure present
    """
)
BY = word_set(
    """
    by per with from to ask asked told for lives accompanied via through and
    """
)
IN = word_set(
    """
    in affecting affects affected among on
    """
)
POSSESSIVE = word_set(
    """
    his her the their a an one two three both several other many some older younger elder eldest first second third
    maternal paternal half full deceased another patient's my no healthy affected twin identical biological
    """
)


def _phrases(text: str) -> list[tuple[str, ...]]:
    return [tuple(TOKEN.findall(phrase.strip())) for phrase in text.replace("\n", " ").split("|") if phrase.strip()]


def _compile() -> dict[str, list[tuple[tuple[str, ...], tuple[Cue, ...]]]]:
    table: dict[tuple[str, ...], list[Cue]] = {}
    for block in re.split(r"\n(?! )", _CUES.strip()):
        head, _, body = block.partition(":")
        kind, direction, reach = head.split()
        cue = Cue(None if kind == "-" else kind, direction, reach)  # type: ignore[arg-type]
        for phrase in _phrases(body):
            table.setdefault(phrase, []).append(cue)
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[Cue, ...]]]] = {}
    for phrase, cues in table.items():
        by_first.setdefault(phrase[0], []).append((phrase, tuple(cues)))
    for entries in by_first.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return by_first


def _compile_stops() -> dict[str, list[tuple[str, ...]]]:
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in _phrases(_STOPS):
        by_first.setdefault(phrase[0], []).append(phrase)
    for entries in by_first.values():
        entries.sort(key=len, reverse=True)
    return by_first


CUES = _compile()
"""Cues by first token: (tokens, what they do), longest first."""
STOPS = _compile_stops()
"""Phrases that end a scope, by first token."""
