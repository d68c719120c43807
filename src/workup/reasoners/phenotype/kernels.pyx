# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The engine's inner loops, compiled: what numpy would do in many passes over memory is done in one.

Each function gives bit for bit what its numpy twin gives (additions come in the same order); the twin beside the
call is the definition, and what runs where this file could not be compiled.
"""

import numpy as np

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memset


cdef enum:
    BLOCK = 64  # findings at once: a bit of a word for each
    EXACT = 0
    NARROWER = 1
    BROADER = 2
    RELATED = 3
    NONE = 4


cdef extern from "loops.h":
    void prefetch "WORKUP_PREFETCH"(const void *place) nogil
    void add_all(double *total, const double *added, Py_ssize_t width) nogil
    void keep_best(
        double *best, double *entry, const double *translation, double weight, double number, Py_ssize_t width
    ) nogil
    void company_of_some(
        const double *direct,
        Py_ssize_t size,
        const int32_t *starts,
        const uint16_t *columns,
        const double *own,
        const double *scale,
        Py_ssize_t terms,
        double *summed,
        double noise,
        float *ratios,
        int width,
    ) nogil


def matches(
    const int64_t[::1] findings,
    const int64_t[::1] candidates,
    const int32_t[::1] indptr,
    const int32_t[::1] terms,
    const float[::1] exact,
    const float[::1] blur,
    const int64_t[::1] above_offsets,
    const int32_t[::1] above,
    const double[::1] gain,
    const double[::1] reach,
    const double[::1] share,
    const int64_t[::1] order,
    const int64_t[::1] by_information,
    const uint8_t[::1] near,
    const int32_t[::1] places,
    const int32_t[::1] shown,
):
    """`Matcher.matches`: for each candidate and finding the entry that explains it best, and how they meet.

    Returns:
        Term, ancestor, relation, place and count, ``(len(candidates), len(findings))`` each.
    """
    cdef Py_ssize_t size = gain.shape[0], n_candidates = candidates.shape[0], n_findings = findings.shape[0]
    shape = (n_candidates, n_findings)
    term_of, ancestor_of = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
    relation_of, place_of = np.full(shape, NONE, np.int8), np.zeros(shape, np.int64)
    count_of = np.zeros(shape, np.int32)
    cdef int64_t[:, ::1] out_term = term_of, out_ancestor = ancestor_of, out_place = place_of
    cdef int8_t[:, ::1] out_relation = relation_of
    cdef int32_t[:, ::1] out_count = count_of
    # Which findings of the block lie at or below each term, and which of the terms above a finding each term is.
    cdef uint64_t[::1] below = np.zeros(size, np.uint64)
    cdef uint16_t[::1] shared = np.zeros(size, np.uint16)
    # Where the translations of each term of a profile stand, -1 where they are not known yet.
    cdef int32_t[::1] known = np.full(size, -1, np.int32)
    cdef Py_ssize_t i, j, e, f, first, width, begin, end, known_count, shared_count, row, longest = 0, above_all = 0
    cdef int64_t finding, place, highest, meeting
    cdef int32_t term, ancestor, column
    cdef uint64_t word
    cdef double value
    cdef int kind
    cdef bint is_below
    cdef double[::1] translations, gains
    cdef double[::1] best_value = np.zeros(BLOCK)
    cdef double[::1] best_entry = np.zeros(BLOCK)
    for i in range(n_candidates):
        longest += indptr[candidates[i] + 1] - indptr[candidates[i]]
    for j in range(n_findings):
        above_all += above_offsets[findings[j] + 1] - above_offsets[findings[j]]
    cdef int32_t[::1] met = np.empty(min(longest, size) + 1, np.int32)
    for first in range(0, n_findings, BLOCK):
        width = min(BLOCK, n_findings - first)
        translations = np.empty((min(longest, size) + 1) * width)
        # What each ancestor of a finding adds to the translations to every finding; the first row is nothing.
        gains = np.zeros((min(above_all, size) + 1) * width)
        known_count = shared_count = 0
        with nogil:
            for f in range(width):
                finding = findings[first + f]
                for j in range(above_offsets[finding], above_offsets[finding + 1]):
                    ancestor = above[j]
                    below[ancestor] |= (<uint64_t>1) << f
                    if not shared[ancestor]:
                        shared_count += 1
                        shared[ancestor] = <uint16_t>shared_count
                    gains[shared[ancestor] * width + f] = gain[ancestor]
            for i in range(n_candidates):
                begin, end = indptr[candidates[i]], indptr[candidates[i] + 1]
                for f in range(width):
                    best_entry[f], best_value[f] = -1, -1.0
                for e in range(begin, end):
                    term = terms[e]
                    row = known[term]
                    if row < 0:
                        row = known[term] = known_count
                        met[known_count] = term
                        known_count += 1
                        memset(&translations[row * width], 0, width * sizeof(double))
                        for j in range(above_offsets[term], above_offsets[term + 1]):
                            ancestor = shared[above[j]]
                            if ancestor:
                                add_all(&translations[row * width], &gains[ancestor * width], width)
                        for f in range(width):
                            translations[row * width + f] /= reach[term]
                    column = -1
                    # Only a finding itself can be an exact match.
                    if below[term] and share[term] > 0:
                        for f in range(width):
                            if findings[first + f] == term:
                                column = f
                    if column >= 0:
                        value = translations[row * width + column] * blur[e] + <double>exact[e] / share[term]
                        if value > best_value[column]:
                            best_value[column], best_entry[column] = value, e
                    keep_best(&best_value[0], &best_entry[0], &translations[row * width], blur[e], e, width)
                for f in range(width):
                    if best_entry[f] < 0:
                        continue
                    e = <Py_ssize_t>best_entry[f]
                    term, place, finding = terms[e], places[e], findings[first + f]
                    highest, is_below = -1, False
                    for j in range(above_offsets[term], above_offsets[term + 1]):
                        ancestor = above[j]
                        if ancestor == finding:
                            is_below = True
                        if (below[ancestor] >> f) & 1 and order[ancestor] > highest:
                            highest = order[ancestor]
                    meeting = by_information[highest] if highest >= 0 else -1
                    kind = BROADER if (below[term] >> f) & 1 else RELATED
                    if highest < 0 or not near[meeting]:
                        kind = NONE
                    if kind == BROADER:
                        meeting = term
                    if is_below:
                        kind, meeting = NARROWER, finding
                    if term == finding:
                        kind = EXACT
                    if kind == NONE or place < 0:
                        continue
                    out_term[i, first + f], out_ancestor[i, first + f] = term, meeting
                    out_relation[i, first + f], out_place[i, first + f] = kind, place
                    out_count[i, first + f] = shown[place]
            for f in range(width):
                finding = findings[first + f]
                for j in range(above_offsets[finding], above_offsets[finding + 1]):
                    below[above[j]] = 0
                    shared[above[j]] = 0
            for j in range(known_count):
                known[met[j]] = -1
    return term_of, ancestor_of, relation_of, place_of, count_of


def company(
    const double[:, ::1] direct,
    const int32_t[::1] indptr,
    const uint16_t[::1] columns,
    const double[::1] own,
    const double[::1] scale,
    double noise,
):
    """`TranslationMixture._company` by rows, added to what the diseases themselves show and to noise.

    Args:
        direct: What each disease shows of some findings, ``(m, C)``.
        indptr: Where each disease's own profile begins.
        columns: Its terms.
        own: Their shares.
        scale: What the sum of each term is multiplied with.
        noise: What is added to everything.

    Returns:
        ``direct + noise + company`` in single precision, ``(m, C)``.
    """
    cdef Py_ssize_t size = direct.shape[1], findings = direct.shape[0], terms = scale.shape[0], first
    ratio = np.empty((findings, size), np.float32)
    cdef float[:, ::1] out = ratio
    cdef double[::1] summed = np.empty(terms * 4)
    if size == 0 or columns.shape[0] == 0:
        ratio[:] = np.asarray(direct) + noise
        return ratio
    with nogil:
        for first in range(0, findings, 4):
            company_of_some(
                &direct[first, 0],
                size,
                &indptr[0],
                &columns[0],
                &own[0],
                &scale[0],
                terms,
                &summed[0],
                noise,
                &out[first, 0],
                <int>min(findings - first, 4),
            )
    return ratio


def ratios(
    list wanted,
    Py_ssize_t candidates,
    const int64_t[::1] above_offsets,
    const int32_t[::1] above,
    const int32_t[::1] dense_place,
    const float[:, ::1] dense,
    const int32_t[::1] offsets,
    const uint16_t[::1] entries,
    const float[::1] values,
    const int32_t[::1] exact_indptr,
    const int32_t[::1] exact_indices,
    const float[::1] exact_data,
    const double[::1] share,
):
    """`TranslationMixture._stored_ratios` by rows, ``(len(wanted), candidates)``."""
    found = np.zeros((len(wanted), candidates))
    cdef double[:, ::1] out = found
    cdef Py_ssize_t row, j, e, i, term
    cdef int32_t ancestor, place
    for row in range(len(wanted)):
        term = wanted[row]
        with nogil:
            for j in range(above_offsets[term], above_offsets[term + 1]):
                ancestor = above[j]
                if dense_place[ancestor] < 0:
                    for e in range(offsets[ancestor], offsets[ancestor + 1]):
                        out[row, entries[e]] += values[e]
            if share[term] > 0:
                for e in range(exact_indptr[term], exact_indptr[term + 1]):
                    out[row, exact_indices[e]] += <double>exact_data[e] / share[term]
            for j in range(above_offsets[term], above_offsets[term + 1]):
                place = dense_place[above[j]]
                if place >= 0:
                    for i in range(candidates):
                        out[row, i] += dense[place, i]
    return found


def add_rows(double[::1] total, list rows):
    """Add single-precision rows to a total, one after the other."""
    cdef const float[::1] row
    cdef Py_ssize_t i, size = total.shape[0]
    for row in rows:
        with nogil:
            for i in range(size):
                total[i] += row[i]


def add_excluded(double[::1] total, list shown, double factor, double scale):
    """`Engine._add_rest`, for excluded findings: what each says of the candidates that show it, and of all others.

    Args:
        total: What is added to, ``(C,)``.
        shown: Positions, logarithms of absence, and the logarithm for diseases at large, of each excluded finding.
        factor: Weight of exclusions.
        scale: From the units of the score to natural logs.
    """
    cdef double[::1] added = np.zeros(total.shape[0])
    cdef const int32_t[::1] positions
    cdef const double[::1] absent
    cdef double typical, everywhere = 0.0
    cdef Py_ssize_t i
    for positions, absent, typical in shown:
        everywhere += -factor * typical
        with nogil:
            for i in range(positions.shape[0]):
                added[positions[i]] += factor * (absent[i] - typical) - (-factor * typical)
    with nogil:
        for i in range(total.shape[0]):
            total[i] += (added[i] + everywhere) * scale


def highest(
    const int32_t[::1] terms,
    const int32_t[::1] indptr,
    const int32_t[::1] owners,
    const double[::1] values,
    Py_ssize_t candidates,
):
    """Which candidates have one of some terms, ascending, and the largest of its values for each of them.

    Args:
        terms: The terms.
        indptr: Where each term's entries begin.
        owners: The candidate of each entry.
        values: Its value.
        candidates: Number of candidates.
    """
    cdef double[::1] largest = np.full(candidates, -1.0)
    cdef Py_ssize_t i, e, count = 0, place = 0
    for i in range(terms.shape[0]):
        for e in range(indptr[terms[i]], indptr[terms[i] + 1]):
            if largest[owners[e]] < 0:
                count += 1
            if values[e] > largest[owners[e]]:
                largest[owners[e]] = values[e]
    found, frequency = np.empty(count, np.int32), np.empty(count)
    cdef int32_t[::1] out = found
    cdef double[::1] high = frequency
    for i in range(candidates):
        if largest[i] >= 0:
            out[place], high[place] = i, largest[i]
            place += 1
    return found, frequency


def described(
    evidence,
    dict empty,
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
        empty: The machine-readable parts in their order, to be filled.
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
    cdef Py_ssize_t size = places.shape[0], pair, row, term, ancestor
    cdef bint met = relations is not None
    cdef const int8_t[::1] relation
    cdef const int64_t[::1] through
    if met:
        relation, through = relations, ancestors
    cdef list found = [], own
    cdef dict values
    cdef str label, frequency, reference, negation
    for pair in range(size):
        own = []
        for row in range(places[pair], places[pair] + counts[pair]):
            term = table[row, 1]
            label, frequency = <str>labels[term], <str>words[table[row, 4]]
            reference = <str>references[table[row, 5]] if table[row, 6] == 1 else joined(table[row, 5], table[row, 6])
            negation = "NOT " if table[row, 3] else ""
            values = empty.copy()
            values["disease"] = disease_ids[table[row, 0]]
            values["term"] = ids[term]
            values["term_label"] = label
            values["frequency"] = frequency
            values["frequency_value"] = shares[table[row, 4]]
            values["reference"] = reference
            values["line"] = table[row, 2]
            if met:
                ancestor = through[pair]
                values["relation"] = names[relation[pair]]
                values["ancestor"] = ids[ancestor]
                values["ancestor_label"] = labels[ancestor]
            own.append(
                evidence(
                    kind="annotation",
                    source=f"{source}{table[row, 2]}",
                    quote=f"{negation}{label}, {frequency}, {reference}",
                    supported=True,
                    values=values,
                )
            )
        found.append(tuple(own))
    return found


def finding_steps(
    step,
    str at_large,
    list ids,
    list labels,
    const double[:, ::1] weights,
    list ratios,
    list words,
    list proofs,
):
    """`Explainer._finding_steps`: a step for each disease and finding.

    Args:
        step: The type to make.
        at_large: What stands between the two halves of each claim.
        ids: Id of each finding.
        labels: Its label.
        weights: What each finding adds to each disease, ``(k, findings)``.
        ratios: The same in words, one disease after the other.
        words: How each meets the disease, in the same order.
        proofs: And the evidence.
    """
    cdef Py_ssize_t disease, finding, place = 0, width = len(ids)
    cdef list found = [], own
    for disease in range(weights.shape[0]):
        own = []
        for finding in range(width):
            label = <str>labels[finding]
            own.append(
                step(
                    kind="finding",
                    claim=f"{label}: {<str>ratios[place]}{at_large}{<str>words[place]}",
                    finding=ids[finding],
                    label=label,
                    weight=weights[disease, finding],
                    evidence=proofs[place],
                )
            )
            place += 1
        found.append(own)
    return found
