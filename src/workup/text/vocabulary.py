"""Word lists of the recogniser: what carries no meaning, what grades, what is irregular, what is too common.

General English and clinical vocabulary; every list says what it is for.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


# Words that carry no meaning of their own in the name of a finding.
STOP = _words("""
    a an the of in on at to for from with by as into within be is are was were been being has have had having his
    her hers their its it this that these those which who there he she they also very quite rather somewhat appear
    appears appeared appearing look looks looked seem seems seemed noted seen observed found present presented
    showed shows showing shown
""")
AND = _words("and or nor plus versus")
# Words that deny: in the name of a finding only where the ontology has it so, and the note too, word for word.
DENYING = _words("no not non without never none nor lack lacks lacking absence")
# Words that let the quality follow what it is said of: "the hands were small".
COPULA = _words("""
    is are was were be been being appear appears appeared appearing look looks looked seem seems seemed has have
    had with became remain remains remained noted
""")
# Words that grade, place or measure a finding without changing what it is; a name that has them is preferred where
# there is one.
FILLER = _words("""
    mild mildly moderate moderately severe severely slight slightly marked markedly minimal minimally significant
    significantly subtle subtly profound profoundly extremely relatively borderline apparent apparently obvious
    bilateral bilaterally unilateral left right l r b both lt rt bl upper lower anterior posterior inferior
    superior lateral medial proximal distal one two three some several multiple many few recurrent intermittent
    persistent chronic acute progressive generalized generalised diffuse isolated associated congenital early late
    onset mid small large partial complete residual prominent general overall more less most not still again
    occasional frequent episodic level levels serum plasma blood concentration concentrations circulating value
    values count transient permanent typical classic classical possible probable likely known new further his her
""")
# A full stop after one of these ends no sentence.
ABBREVIATED = _words("""
    dr mr mrs ms prof vs eg e.g ie i.e approx fig no ca cf al st resp incl wt ht yr yrs mo wk wks
""")
# Everyday words that are also names of findings; alone they seldom mean them.
AMBIGUOUS = _words("""
    absence absences arrange arranged arranging boil collecting corn cut cutting dull fall fitting hopping hostile
    inertia jumping mole order ordered ordering orders piles rosette running sleep slow sorting spinning tear
    tearing trance
""")
# Parts of the body, which alone are no finding ("mouthing" is one, a mouth is not).
PARTS = _words("""
    mouth nail eye ear hand foot finger thumb toe tooth nose lip tongue face head neck chest
""")
# Times of life: "late" or "early" before one of them is said of it alone.
PERIODS = _words("""
    infancy childhood adolescence adulthood puberty gestation pregnancy life age years months trimester
""")
# Words whose inflections no rule joins rightly, each with its stem.
IRREGULAR = _pairs("""
    feet=foot teeth=tooth children=child men=man women=woman phalanges=phalanx larynges=larynx meninges=mening
    meningeal=mening apices=apex indices=index radii=radius femora=femur femoral=femur genua=genu ova=ovum
    septa=septum calves=calf halves=half genitalia=genital genitals=genital swollen=swell swelling=swell
    swellings=swell larger=large smaller=small shorter=short longer=long wider=wide broader=broad lower=lower
    thinner=thin thicker=thick widened=wide thinning=thin thinned=thin thickened=thick thickening=thick
    shortened=short shortening=short broadened=broad flattened=flat flattening=flat enlarged=enlarg
    enlargement=enlarg elevated=elevat elevation=elevat raised=elevat speech=speech spoken=speech height=height
    tall=tall deaf=deaf died=death curved=curv curvature=curv bowed=bow bowing=bow autistic=autism absent=absent
    testes=testis testicles=testis testicle=testis testicular=testis urination=urination urinating=urination
    radiation=radiation nevi=nevus naevi=nevus naevus=nevus gyri=gyrus seizing=seizur limbic=limbic cation=cation
    septic=septic sepsis=sepsis webbed=web fitting=fitting mandibular=mandibl ventricular=ventricl
    follicular=follicl muscular=muscl musculature=muscl auricular=auricl clavicular=clavicl palatal=palat
    abnormality=abnorm several=several anal=anus anus=anus branching=branching consisting=consisting
    consists=consisting palmar=palm hypertensive=hypertens hypotensive=hypotens
    mention=mention mentioned=mention situation=situation paralysis=paralys paralyzed=paralys
    paralysed=paralys epileptic=epileps epilepsy=epileps epilepsies=epileps diabetic=diabetes diabetes=diabetes
    asthmatic=asthma edematous=edema eczematous=eczema comatose=coma icteric=icterus febrile=febril anxious=anxiet
    anxiety=anxiet ataxic=atax hemorrhagic=hemorrhag hemorrhage=hemorrhag bleeding=bleed bled=bleed first=1 1st=1
    widely=wide highly=high poorly=poor urinary=urin feverish=fever drowsy=drows drowsiness=drows
    second=2 2nd=2 third=3 3rd=3 fourth=4 4th=4 fifth=5 5th=5 sixth=6 6th=6 ii=2 iii=3 iv=4
""")
# What says that something was looked at and is well.
NORMAL = _words("""
    normal normally unremarkable intact nl wnl typical healthy
""")
