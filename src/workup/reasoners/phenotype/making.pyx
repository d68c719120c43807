# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Evidence and steps, made by the hundred: a case has some fifteen hundred of them, and this is most of its time.

Each function makes what its Python twin makes; the twin beside the call is the definition, and what runs where this
file could not be compiled. Two things make the difference. Arguments are handed over without a mapping for each call.
And what the next objects are made of is fetched while one is made: labels and references lie scattered in memory, and
waiting for them would take longer than all else.
"""

import numpy as np

from cpython.object cimport PyObject

from libc.stdint cimport int8_t, int32_t, int64_t


cdef extern from "Python.h":
    object PyObject_Vectorcall(object callable, PyObject **arguments, size_t count, PyObject *names)
    PyObject *PyList_GET_ITEM(object list, Py_ssize_t place)
    void PyObject_GC_UnTrack(object container)


cdef extern from *:
    """
    /* Texts one after the other: most are ASCII, and then nothing has to be asked of each again. */
    static PyObject *workup_joined(PyObject **parts, int count) {
        Py_ssize_t size = 0, at = 0;
        Py_UCS4 largest = 127;
        for (int i = 0; i < count; i++) {
            size += PyUnicode_GET_LENGTH(parts[i]);
            if (!PyUnicode_IS_COMPACT_ASCII(parts[i])) {
                Py_UCS4 own = PyUnicode_MAX_CHAR_VALUE(parts[i]);
                if (own > largest) largest = own;
            }
        }
        PyObject *whole = PyUnicode_New(size, largest);
        if (whole == NULL || size == 0) return whole;
        for (int i = 0; i < count; i++) {
            Py_ssize_t length = PyUnicode_GET_LENGTH(parts[i]);
            if (largest == 127)
                memcpy(PyUnicode_1BYTE_DATA(whole) + at, PyUnicode_1BYTE_DATA(parts[i]), (size_t)length);
            else if (PyUnicode_CopyCharacters(whole, at, parts[i], 0, length) < 0) {
                Py_DECREF(whole);
                return NULL;
            }
            at += length;
        }
        return whole;
    }

    /* An ASCII text and a number that is not negative. */
    static PyObject *workup_numbered(PyObject *text, int32_t number) {
        char digits[12];
        int count = 0;
        do {
            digits[count++] = (char)('0' + number % 10);
            number /= 10;
        } while (number > 0);
        Py_ssize_t length = PyUnicode_GET_LENGTH(text);
        PyObject *whole = PyUnicode_New(length + count, 127);
        if (whole == NULL) return NULL;
        Py_UCS1 *place = PyUnicode_1BYTE_DATA(whole);
        memcpy(place, PyUnicode_1BYTE_DATA(text), (size_t)length);
        for (int i = 0; i < count; i++) place[length + i] = (Py_UCS1)digits[count - 1 - i];
        return whole;
    }
    """
    object texts_joined "workup_joined"(PyObject **parts, int count)
    object text_numbered "workup_numbered"(object text, int32_t number)


cdef extern from "loops.h":
    void prefetch "WORKUP_PREFETCH"(const void *place) nogil


cdef enum:
    # So many pairs ahead a row is fetched, and then what it refers to.
    ROWS_AHEAD = 24
    WORDS_AHEAD = 8
    EXACT = 0
    NARROWER = 1
    BROADER = 2
    RELATED = 3
    NONE = 4

cdef tuple EVIDENCE_FIELDS = ("kind", "source", "quote", "supported", "values")
cdef tuple STEP_FIELDS = ("kind", "claim", "finding", "label", "weight", "evidence")
cdef tuple MISSING_FIELDS = ("kind", "claim", "finding", "label", "evidence")
cdef tuple HYPOTHESIS_FIELDS = (
    "id", "label", "rank", "score", "probability", "contributions", "missing", "unexplained", "aliases", "series",
    "genes",
)
cdef object SUPPORTED = True
cdef str COLON = ": ", COMMA = ", ", NEGATION = "NOT "
cdef str ANNOTATION = "annotation", FINDING = "finding", EXCLUDED = "excluded", MISSING = "missing"


cdef inline void fetch(list words, Py_ssize_t place):
    """Fetch a text of a list; most take up to two lines of the cache."""
    cdef char *text = <char *>PyList_GET_ITEM(words, place)
    prefetch(text)
    prefetch(text + 64)


def described(
    evidence,
    values,
    tuple lists,
    str source,
    joined,
    const int32_t[:, ::1] table,
    const int64_t[::1] places,
    const int32_t[::1] counts,
    relations,
    ancestors,
):
    """`Rows.evidence_at` and, with relations and ancestors, `Rows.evidence_of_meetings`.

    Args:
        evidence: The type to make.
        values: The type of their machine-readable parts.
        lists: Ids and labels of terms, ids of diseases, shares, wordings of frequencies, references, relations.
        source: Begin of every row's source.
        joined: Gives several references as one text.
        table: What rows are described by, see `rows._table`.
        places: Where the rows of each pair begin.
        counts: How many they are.
        relations: How a finding meets each pair's term; None when none does.
        ancestors: Through which ancestor.

    Returns:
        Evidence by pair.
    """
    cdef list ids, labels, disease_ids, shares, words, references, names
    ids, labels, disease_ids, shares, words, references, names = lists
    cdef Py_ssize_t size = places.shape[0], pair, row, term, ancestor, ahead
    cdef bint met = relations is not None
    cdef const int8_t[::1] relation
    cdef const int64_t[::1] through
    if met:
        relation, through = relations, ancestors
    cdef list found = [None] * size, several
    cdef str label, frequency, reference, where, quote
    cdef object made = None, said, share, line
    cdef tuple own
    cdef PyObject *arguments[5]
    cdef PyObject *parts[5]
    cdef bint plain = source.isascii()
    cdef PyObject *told[10]
    arguments[0], arguments[3] = <PyObject *>ANNOTATION, <PyObject *>SUPPORTED
    for pair in range(size):
        ahead = pair + ROWS_AHEAD
        if ahead < size and counts[ahead]:
            prefetch(&table[places[ahead], 0])
        ahead = pair + WORDS_AHEAD
        if ahead < size and counts[ahead]:
            row = places[ahead]
            fetch(labels, table[row, 1])
            fetch(ids, table[row, 1])
            fetch(disease_ids, table[row, 0])
            if table[row, 6] == 1:
                fetch(references, table[row, 5])
            if met:
                fetch(labels, through[ahead])
                fetch(ids, through[ahead])
        if counts[pair] != 1:
            several = []
        for row in range(places[pair], places[pair] + counts[pair]):
            term = table[row, 1]
            label, frequency = <str>labels[term], <str>words[table[row, 4]]
            reference = <str>references[table[row, 5]] if table[row, 6] == 1 else joined(table[row, 5], table[row, 6])
            share, line = shares[table[row, 4]], table[row, 2]
            told[0], told[1] = PyList_GET_ITEM(disease_ids, table[row, 0]), PyList_GET_ITEM(ids, term)
            told[2], told[3], told[4] = <PyObject *>label, <PyObject *>frequency, <PyObject *>share
            told[5], told[6] = <PyObject *>reference, <PyObject *>line
            if met:
                ancestor = through[pair]
                told[7] = PyList_GET_ITEM(names, relation[pair])
                told[8], told[9] = PyList_GET_ITEM(ids, ancestor), PyList_GET_ITEM(labels, ancestor)
            said = PyObject_Vectorcall(values, told, 10 if met else 7, NULL)
            where = text_numbered(source, table[row, 2]) if plain else f"{source}{table[row, 2]}"
            parts[0], parts[1], parts[2] = <PyObject *>label, <PyObject *>COMMA, <PyObject *>frequency
            parts[3], parts[4] = <PyObject *>COMMA, <PyObject *>reference
            quote = texts_joined(parts, 5)
            if table[row, 3]:
                quote = NEGATION + quote
            arguments[1], arguments[2], arguments[4] = <PyObject *>where, <PyObject *>quote, <PyObject *>said
            made = PyObject_Vectorcall(evidence, arguments, 0, <PyObject *>EVIDENCE_FIELDS)
            if counts[pair] != 1:
                several.append(made)
        own = (made,) if counts[pair] == 1 else tuple(several)
        # Evidence cannot refer back to what holds it: there is nothing here for the garbage collector.
        PyObject_GC_UnTrack(own)
        found[pair] = own
    return found


def finding_steps(
    step,
    str at_large,
    list ids,
    list labels,
    const double[:, ::1] weights,
    const double[::1] ratios,
    const double[::1] starts,
    list times,
    worded,
    tuple meetings,
    const int8_t[:, ::1] relations,
    const int64_t[:, ::1] terms,
    const int64_t[:, ::1] ancestors,
    list names,
    list proofs,
    tuple nothing,
):
    """`Explainer._finding_steps`: a step for each disease and finding.

    Args:
        step: The type to make.
        at_large: What stands between the two halves of each claim.
        ids: Id of each finding.
        labels: Its label.
        weights: What each finding adds to each disease, ``(k, findings)``.
        ratios: The same as likelihood ratios, one disease after the other.
        starts: The least ratio of each wording, ascending,
        times: and the wordings; the last is for what has to be worded anew,
        worded: by this function, as has what lies below the first.
        meetings: For each relation what stands before the disease's term, between it and the ancestor, and after.
        relations: How each finding meets each disease, ``(k, findings)``.
        terms: In which term of the disease.
        ancestors: Through which ancestor.
        names: Label of each term.
        proofs: And the evidence, one disease after the other.
        nothing: The evidence where there is none.
    """
    cdef Py_ssize_t disease, finding, place = 0, width = len(ids), low, high, middle
    cdef list found = [None] * weights.shape[0], own
    cdef str claim, ratio, label, before, between, after
    cdef tuple words, proof
    cdef object weight, made
    cdef PyObject *arguments[6]
    cdef PyObject *parts[9]
    cdef int count
    parts[1], parts[3] = <PyObject *>COLON, <PyObject *>at_large
    arguments[0] = <PyObject *>FINDING
    for disease in range(weights.shape[0]):
        own = [None] * width
        for finding in range(width):
            low, high = 0, starts.shape[0]
            while low < high:
                middle = (low + high) // 2
                if ratios[place] < starts[middle]:
                    high = middle
                else:
                    low = middle + 1
            ratio = <str>(times[low - 1] if 0 < low < starts.shape[0] else worded(ratios[place]))
            label = <str>labels[finding]
            words = <tuple>meetings[relations[disease, finding]]
            before, between, after = <str>words[0], <str>words[1], <str>words[2]
            if relations[disease, finding] == RELATED:
                parts[5], parts[6] = PyList_GET_ITEM(names, terms[disease, finding]), <PyObject *>between
                parts[7], parts[8] = PyList_GET_ITEM(names, ancestors[disease, finding]), <PyObject *>after
                count = 9
            elif relations[disease, finding] == NARROWER or relations[disease, finding] == BROADER:
                parts[5] = PyList_GET_ITEM(names, terms[disease, finding])
                count = 6
            else:
                count = 5
            parts[0], parts[2], parts[4] = <PyObject *>label, <PyObject *>ratio, <PyObject *>before
            claim = texts_joined(parts, count)
            proof = <tuple>proofs[place] or nothing
            weight = weights[disease, finding]
            arguments[1], arguments[2], arguments[3] = <PyObject *>claim, PyList_GET_ITEM(ids, finding), <PyObject *>label
            arguments[4], arguments[5] = <PyObject *>weight, <PyObject *>proof
            made = PyObject_Vectorcall(step, arguments, 0, <PyObject *>STEP_FIELDS)
            own[finding] = made
            place += 1
        found[disease] = own
    return found


def excluded_steps(
    step,
    list ids,
    list labels,
    str absent,
    str annotated,
    str silent,
    const double[:, ::1] weights,
    const int64_t[::1] number,
    const int64_t[::1] place,
    const int64_t[::1] shown,
    list names,
    list proofs,
    tuple parameter,
):
    """`Explainer._excluded_steps`: for each disease a step for each excluded finding; equal ones are one object.

    Args:
        step: The type to make.
        ids: Id of each excluded finding.
        labels: Its label.
        absent: What every claim says of the finding.
        annotated: What it goes on with where the disease is annotated with it.
        silent: And where it is not.
        weights: What each says of each disease, ``(findings, k)``.
        number: Which findings some of the diseases are annotated with,
        place: which diseases these are,
        shown: and with which terms, ``(n,)`` each.
        names: Label of each term.
        proofs: The annotation rows of each such pair.
        parameter: The evidence for the weight itself.
    """
    cdef Py_ssize_t finding, disease, pair, many = weights.shape[1], findings = len(ids)
    cdef list columns = [[None] * findings for _ in range(many)], column
    cdef str claim, label
    cdef object weight, made
    cdef tuple proof
    cdef dict equal
    cdef double latest
    cdef PyObject *arguments[6]
    arguments[0] = <PyObject *>EXCLUDED
    for pair in range(number.shape[0]):
        finding = number[pair]
        label = <str>labels[finding]
        claim = f"{label}{absent}{annotated}{<str>names[shown[pair]]}"
        weight = weights[finding, place[pair]]
        proof = <tuple>proofs[pair] + parameter
        arguments[1], arguments[2], arguments[3] = <PyObject *>claim, PyList_GET_ITEM(ids, finding), <PyObject *>label
        arguments[4], arguments[5] = <PyObject *>weight, <PyObject *>proof
        made = PyObject_Vectorcall(step, arguments, 0, <PyObject *>STEP_FIELDS)
        (<list>columns[place[pair]])[finding] = made
    for finding in range(findings):
        label = <str>labels[finding]
        claim = f"{label}{absent}{silent}"
        equal, latest, made = {}, 0.0, None
        for disease in range(many):
            column = <list>columns[disease]
            if column[finding] is not None:
                continue
            # Nearly all are equal.
            if made is not None and weights[finding, disease] == latest:
                column[finding] = made
                continue
            latest = weights[finding, disease]
            weight = latest
            made = equal.get(weight)
            if made is None:
                arguments[1], arguments[2], arguments[3] = (
                    <PyObject *>claim, PyList_GET_ITEM(ids, finding), <PyObject *>label
                )
                arguments[4], arguments[5] = <PyObject *>weight, <PyObject *>parameter
                made = equal[weight] = PyObject_Vectorcall(step, arguments, 0, <PyObject *>STEP_FIELDS)
            column[finding] = made
    return columns


def unmade(list known, const int64_t[::1] places):
    """Which of some places of a list hold nothing yet."""
    cdef Py_ssize_t i, count = 0
    found = np.empty(places.shape[0], np.int64)
    cdef int64_t[::1] out = found
    for i in range(places.shape[0]):
        if PyList_GET_ITEM(known, places[i]) == <PyObject *>None:
            out[count] = i
            count += 1
    return found[:count]


def grouped(list known, const int64_t[::1] places, const int64_t[::1] owners, Py_ssize_t groups):
    """What some places of a list hold, as a tuple for each owner; the owners ascend."""
    cdef Py_ssize_t group, i = 0, start, size = places.shape[0]
    cdef list found = [None] * groups, own
    for group in range(groups):
        start, own = i, []
        while i < size and owners[i] == group:
            own.append(known[places[i]])
            i += 1
        found[group] = tuple(own)
    return found


def missing_steps(
    step,
    list ids,
    list labels,
    str expected,
    str unreported,
    const int64_t[::1] terms,
    list shares,
    list proofs,
):
    """`Explainer._expected_steps`: a step for each expected finding.

    Args:
        step: The type to make.
        ids: Id of each term.
        labels: Label of each term.
        expected: What stands between label and share.
        unreported: What stands after the share.
        terms: The expected terms.
        shares: The share of patients with each, in words.
        proofs: The annotation rows.
    """
    cdef Py_ssize_t place, size = terms.shape[0]
    cdef list found = [None] * size
    cdef str claim, label
    cdef object made
    cdef PyObject *arguments[5]
    arguments[0] = <PyObject *>MISSING
    for place in range(size):
        if place + WORDS_AHEAD < size:
            fetch(labels, terms[place + WORDS_AHEAD])
            fetch(ids, terms[place + WORDS_AHEAD])
        label = <str>labels[terms[place]]
        claim = f"{label}{expected}{<str>shares[place]}{unreported}"
        arguments[1], arguments[2], arguments[3] = (
            <PyObject *>claim, PyList_GET_ITEM(ids, terms[place]), <PyObject *>label
        )
        arguments[4] = PyList_GET_ITEM(proofs, place)
        made = PyObject_Vectorcall(step, arguments, 0, <PyObject *>MISSING_FIELDS)
        found[place] = made
    return found


def hypotheses(
    hypothesis,
    list portraits,
    list ranks,
    list scores,
    list probabilities,
    list explained,
    list ruled_out,
    list others,
    list missing,
    list ids,
    const double[:, ::1] weights,
):
    """`Explainer.hypotheses`: the leading diseases with all that was made for them.

    Args:
        hypothesis: The type to make.
        portraits: What is said of each disease, whoever the patient is.
        ranks: Its rank.
        scores: Its score.
        probabilities: Its probability.
        explained: Its steps of present findings,
        ruled_out: of excluded ones,
        others: and of all else.
        missing: Its expected findings that are missing.
        ids: Id of each present finding.
        weights: What each finding adds to each disease, ``(k, findings)``.
    """
    cdef Py_ssize_t place, finding, size = len(portraits), width = len(ids)
    cdef list found = [None] * size, against
    cdef object id, label, aliases, series, genes, made
    cdef tuple contributions, unexplained
    cdef PyObject *arguments[11]
    for place in range(size):
        id, label, aliases, series, genes = <tuple>portraits[place]
        contributions = tuple(<list>explained[place] + <list>ruled_out[place] + <list>others[place])
        against = []
        for finding in range(width):
            if weights[place, finding] < 0:
                against.append(ids[finding])
        unexplained = tuple(against)
        arguments[0], arguments[1], arguments[2] = <PyObject *>id, <PyObject *>label, PyList_GET_ITEM(ranks, place)
        arguments[3], arguments[4] = PyList_GET_ITEM(scores, place), PyList_GET_ITEM(probabilities, place)
        arguments[5], arguments[6] = <PyObject *>contributions, PyList_GET_ITEM(missing, place)
        arguments[7], arguments[8], arguments[9] = <PyObject *>unexplained, <PyObject *>aliases, <PyObject *>series
        arguments[10] = <PyObject *>genes
        made = PyObject_Vectorcall(hypothesis, arguments, 0, <PyObject *>HYPOTHESIS_FIELDS)
        found[place] = made
    return tuple(found)
