"""Agent servers of a rare-disease agent over local data, their host, and the checks of what it says.

* ``terms``: words to HPO terms
* ``servers``: phenotype engine, second tool, similar cases, genes, and what is known of a disease
* ``checker``: a rule that judges one disease for one patient
* ``drafts``: how lists of diagnoses and verdicts are read, and names turned into disease ids
* ``hosts``: who puts it all together, a language model or a rule
"""
