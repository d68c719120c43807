# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The engine's inner loops, compiled: what numpy would do in many passes over memory is done in one.

Each function gives bit for bit what its numpy twin gives (additions come in the same order); the twin beside the
call is the definition, and what runs where this file could not be compiled.
"""

import numpy as np

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.math cimport rint
from libc.string cimport memset


cdef enum:
    BLOCK = 16  # findings at once: what their numbers in single precision take is a line of the cache
    AHEAD = 8
    EXACT = 0
    NARROWER = 1
    BROADER = 2
    RELATED = 3
    NONE = 4


cdef extern from "loops.h":
    void prefetch "WORKUP_PREFETCH"(const void *place) nogil
    int lowest_bit "workup_lowest_bit"(uint64_t word) nogil
    void translations_of(
        const int32_t *above,
        Py_ssize_t size,
        const uint16_t *shared,
        const float *gains,
        float scale,
        float *row,
        Py_ssize_t width,
    ) nogil
    void best_parts(
        const float *rows,
        const uint16_t *row,
        const float *weights,
        Py_ssize_t size,
        float *most,
        int32_t *part,
        Py_ssize_t width,
    ) nogil
    Py_ssize_t best_entry(
        const float *rows,
        const uint16_t *row,
        const float *weights,
        Py_ssize_t size,
        Py_ssize_t width,
        Py_ssize_t finding,
        int32_t part,
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
        int given,
        bint wide,
    ) nogil


def matches(
    const int64_t[::1] findings,
    const int64_t[::1] candidates,
    const int32_t[::1] indptr,
    const uint16_t[::1] terms,
    const float[::1] exact,
    const float[::1] blur,
    const int64_t[::1] above_offsets,
    const int32_t[::1] above,
    const double[::1] gain,
    const double[::1] reach,
    const double[::1] share,
    const uint16_t[::1] order,
    const uint16_t[::1] by_information,
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
    relation_of, place_of = np.full(shape, NONE, np.int8), np.full(shape, -1, np.int64)
    count_of = np.zeros(shape, np.int32)
    cdef int64_t[:, ::1] out_term = term_of, out_ancestor = ancestor_of, out_place = place_of
    cdef int8_t[:, ::1] out_relation = relation_of
    cdef int32_t[:, ::1] out_count = count_of
    # Which of the terms at or above a finding each term is, and where its translations stand; from 1, 0 for none.
    # These two are looked into all the time, and small enough to stay near the processor.
    cdef uint16_t[::1] shared = np.zeros(size, np.uint16), known = np.zeros(size, np.uint16)
    cdef Py_ssize_t i, j, e, f, first, width, padded, begin, own_size, known_count, shared_count, row
    cdef Py_ssize_t longest = 0, entries = 0, above_all = 0
    cdef int64_t finding, place, highest, meeting
    cdef int32_t term, ancestor, own
    cdef int kind
    cdef bint is_below
    for i in range(n_candidates):
        own_size = indptr[candidates[i] + 1] - indptr[candidates[i]]
        longest, entries = max(longest, own_size), entries + own_size
    for j in range(n_findings):
        above_all += above_offsets[findings[j] + 1] - above_offsets[findings[j]]
    above_all = min(above_all, size) + 1
    entries = min(entries, size) + BLOCK + 2
    # The terms that were met, and the rows of a candidate's entries.
    cdef int32_t[::1] met = np.empty(entries, np.int32)
    cdef uint16_t[::1] row_of = np.empty(longest + 1, np.uint16)
    # Of each shared term: which findings of the block lie at or below it, and its place by information.
    cdef uint64_t[::1] below = np.empty(above_all, np.uint64)
    cdef int64_t[::1] height = np.empty(above_all, np.int64)
    # What each ancestor of a finding adds to the translations to every finding; the first row is nothing.
    cdef float[::1] gains = np.empty(above_all * BLOCK, np.float32)
    cdef float[::1] translations = np.empty(entries * min(n_findings + 3, BLOCK), np.float32)
    cdef float[BLOCK] most
    cdef int32_t[BLOCK] part
    cdef Py_ssize_t[BLOCK] exact_entry
    cdef float value
    for first in range(0, n_findings, BLOCK):
        width = min(BLOCK, n_findings - first)
        padded = (width + 3) // 4 * 4
        known_count = shared_count = 0
        with nogil:
            memset(&gains[0], 0, padded * sizeof(float))
            for f in range(width):
                finding = findings[first + f]
                for j in range(above_offsets[finding], above_offsets[finding + 1]):
                    ancestor = above[j]
                    if not shared[ancestor]:
                        # What adds nothing is not a phenotype, and far from informative.
                        if gain[ancestor] == 0.0 and not near[ancestor]:
                            continue
                        shared_count += 1
                        shared[ancestor] = <uint16_t>shared_count
                        height[shared_count], below[shared_count] = order[ancestor], 0
                        memset(&gains[shared_count * padded], 0, padded * sizeof(float))
                    below[shared[ancestor]] |= (<uint64_t>1) << f
                    gains[shared[ancestor] * padded + f] = <float>gain[ancestor]
            below[0] = 0
            # The findings themselves come first: an entry of one of these rows is an exact match.
            for f in range(width):
                known[findings[first + f]] = <uint16_t>(f + 1)
                known_count += 1
                met[known_count] = <int32_t>findings[first + f]
            for row in range(1, width + 1):
                begin = above_offsets[met[row]]
                translations_of(
                    &above[begin], above_offsets[met[row] + 1] - begin, &shared[0], &gains[0],
                    <float>(1.0 / reach[met[row]]), &translations[row * padded], padded,
                )
            for i in range(n_candidates):
                begin, own_size = indptr[candidates[i]], indptr[candidates[i] + 1] - indptr[candidates[i]]
                if i + 1 < n_candidates:
                    fetch_all(&terms[0], &blur[0], indptr[candidates[i + 1]], indptr[candidates[i + 1] + 1])
                if own_size == 0:
                    continue
                for f in range(width):
                    exact_entry[f] = -1
                for e in range(own_size):
                    # The ancestors of a term some way ahead: they would be waited for.
                    if e + AHEAD < own_size and not known[terms[begin + e + AHEAD]]:
                        prefetch(&above[above_offsets[terms[begin + e + AHEAD]]])
                        prefetch(&reach[terms[begin + e + AHEAD]])
                    term = terms[begin + e]
                    row = known[term]
                    if row == 0:
                        known_count += 1
                        row = known_count
                        known[term], met[row] = <uint16_t>row, term
                        j = above_offsets[term]
                        translations_of(
                            &above[j], above_offsets[term + 1] - j, &shared[0], &gains[0],
                            <float>(1.0 / reach[term]), &translations[row * padded], padded,
                        )
                    elif row <= width and share[term] > 0:
                        exact_entry[row - 1] = e
                        prefetch(&exact[begin + e])
                    row_of[e] = <uint16_t>row
                best_parts(&translations[0], &row_of[0], &blur[begin], own_size, &most[0], &part[0], padded)
                for f in range(width):
                    e = best_entry(&translations[0], &row_of[0], &blur[begin], own_size, padded, f, part[f])
                    j = exact_entry[f]
                    if j >= 0:
                        value = translations[(f + 1) * padded + f] * blur[begin + j]
                        value += <float>(<double>exact[begin + j] / share[findings[first + f]])
                        if value > most[f] or (value == most[f] and j < e):
                            e = j
                    out_place[i, first + f] = begin + e
                    prefetch(&places[begin + e])
            for i in range(n_candidates):
                # Of the next candidate: how many rows are shown of each place.
                if i + 1 < n_candidates:
                    for f in range(width):
                        e = out_place[i + 1, first + f]
                        if e >= 0 and places[e] >= 0:
                            prefetch(&shown[places[e]])
                for f in range(width):
                    e = out_place[i, first + f]
                    if e < 0:
                        out_place[i, first + f] = 0
                        continue
                    out_place[i, first + f] = 0
                    term, place, finding = terms[e], places[e], findings[first + f]
                    highest, is_below = -1, False
                    for j in range(above_offsets[term], above_offsets[term + 1]):
                        if above[j] == finding:
                            is_below = True
                        own = shared[above[j]]
                        if (below[own] >> f) & 1 and height[own] > highest:
                            highest = height[own]
                    meeting = by_information[highest] if highest >= 0 else -1
                    kind = BROADER if (below[shared[term]] >> f) & 1 else RELATED
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
                    shared[above[j]] = 0
            for j in range(1, known_count + 1):
                known[met[j]] = 0
    return term_of, ancestor_of, relation_of, place_of, count_of


cdef inline void fetch_all(const uint16_t *terms, const float *weights, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
    """Fetch a candidate's entries while the one before it is looked at: they lie scattered in memory."""
    cdef Py_ssize_t e
    for e in range(begin, end, 32):
        prefetch(&terms[e])
    for e in range(begin, end, 16):
        prefetch(&weights[e])


def company(
    const double[:, ::1] direct,
    const int32_t[::1] indptr,
    const uint16_t[::1] columns,
    const double[::1] own,
    const double[::1] scale,
    double noise,
    bint wide=True,
):
    """`TranslationMixture._company` by rows, added to what the diseases themselves show and to noise.

    Args:
        direct: What each disease shows of some findings, ``(m, C)``.
        indptr: Where each disease's own profile begins.
        columns: Its terms.
        own: Their shares.
        scale: What the sum of each term is multiplied with.
        noise: What is added to everything.
        wide: Whether four numbers may be added at once, where the processor can; the result is the same.

    Returns:
        ``direct + noise + company`` in single precision, ``(m, C)``.
    """
    cdef Py_ssize_t size = direct.shape[1], findings = direct.shape[0], terms = scale.shape[0], first
    ratio = np.empty((findings, size), np.float32)
    cdef float[:, ::1] out = ratio
    # Begins at a multiple of 64.
    room = np.empty(terms * 8 + 8)
    cdef double[::1] summed = room[(-room.ctypes.data // 8) % 8 :]
    if size == 0 or columns.shape[0] == 0:
        ratio[:] = np.asarray(direct) + noise
        return ratio
    with nogil:
        for first in range(0, findings, 8):
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
                <int>min(findings - first, 8),
                wide,
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


def picked(list rows, const int64_t[::1] places):
    """Some numbers of single-precision rows, in double precision, ``(len(rows), len(places))``."""
    cdef Py_ssize_t number, i, size = places.shape[0]
    found = np.empty((len(rows), size))
    cdef double[:, ::1] out = found
    cdef const float[::1] row
    for number in range(len(rows)):
        row = rows[number]
        for i in range(size):
            out[number, i] = row[places[i]]
    return found


def leading(const double[::1] scores, Py_ssize_t limit, double margin):
    """`leading.best`: positions of the ``limit`` best scores, best first, by nine digits; ties in their order.

    Args:
        scores: The scores, finite ones.
        limit: How many, at least one and at most all.
        margin: More than rounding can add to a score.
    """
    cdef double least = largest(scores, limit) - margin, value
    cdef Py_ssize_t i, place, count = 0
    for i in range(scores.shape[0]):
        count += scores[i] >= least
    pool, digits = np.empty(count, np.int64), np.empty(count)
    cdef int64_t[::1] position = pool
    cdef double[::1] rounded = digits
    count = 0
    for i in range(scores.shape[0]):
        if scores[i] >= least:
            value = rint(scores[i] * 1e9) / 1e9
            # There are few, and each goes behind those that are not worse.
            place = count
            while place and rounded[place - 1] < value:
                position[place], rounded[place] = position[place - 1], rounded[place - 1]
                place -= 1
            position[place], rounded[place] = i, value
            count += 1
    return pool[:limit]


cpdef double largest(const double[::1] values, Py_ssize_t number):
    """The ``number``-th largest of some values, of which there are at least so many."""
    # The largest so far, the least of them first, each before the two that are not below it.
    kept = np.array(values[:number])
    kept.sort()
    cdef double[::1] heap = kept
    cdef Py_ssize_t i, place, below
    cdef double value
    with nogil:
        for i in range(number, values.shape[0]):
            value = values[i]
            if value <= heap[0]:
                continue
            place = 0
            while True:
                below = 2 * place + 1
                if below >= number:
                    break
                if below + 1 < number and heap[below + 1] < heap[below]:
                    below += 1
                if heap[below] >= value:
                    break
                heap[place] = heap[below]
                place = below
            heap[place] = value
    return heap[0]


def heaviest(const double[::1] weights, const int64_t[::1] owners, const int64_t[::1] groups, Py_ssize_t number):
    """The group that weighs most, and its weight: the sum of its members'.

    Args:
        weights: Weight of each candidate.
        owners: Candidate of each membership, or nothing where membership ``i`` is that of candidate ``i``.
        groups: Its group.
        number: Number of groups.
    """
    sums = np.zeros(number)
    cdef double[::1] total = sums
    cdef Py_ssize_t i, best = 0
    cdef bint direct = owners.shape[0] == 0
    with nogil:
        for i in range(groups.shape[0]):
            total[groups[i]] += weights[i if direct else owners[i]]
        for i in range(number):
            if total[i] > total[best]:
                best = i
    return best, total[best]


def above_any(
    tuple terms, tuple others, const int64_t[::1] above_offsets, const int32_t[::1] above
):
    """Which of some terms are others, or lie above them, in their order.

    Args:
        terms: The terms.
        others: The others.
        above_offsets: Where each term's ancestors begin (it is one of them),
        above: and which these are.
    """
    cdef int32_t[::1] sought = np.array(terms, dtype=np.int32)
    cdef uint8_t[::1] met = np.zeros(len(terms), np.uint8)
    cdef Py_ssize_t i, j, other
    for other in others:
        for j in range(above_offsets[other], above_offsets[other + 1]):
            for i in range(sought.shape[0]):
                met[i] |= above[j] == sought[i]
    return [term for i, term in enumerate(terms) if met[i]]


def add_rows(double[::1] total, list rows):
    """Add single-precision rows to a total, one after the other; four at a time, so that it is read seldom."""
    cdef const float[::1] row, second, third, fourth
    cdef Py_ssize_t i, first, size = total.shape[0], count = len(rows), together = count - count % 4
    for first in range(0, together, 4):
        row, second, third, fourth = rows[first], rows[first + 1], rows[first + 2], rows[first + 3]
        with nogil:
            for i in range(size):
                total[i] = (((total[i] + row[i]) + second[i]) + third[i]) + fourth[i]
    for first in range(together, count):
        row = rows[first]
        with nogil:
            for i in range(size):
                total[i] += row[i]


def add_scaled(double[::1] total, const double[::1] row, double factor):
    """Add a row to a total, each number multiplied with a factor."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(total.shape[0]):
            total[i] += factor * row[i]


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
    # A bit for each candidate that was seen: most findings are shown by few, and a look at all would take longer.
    cdef uint64_t[::1] seen = np.zeros((candidates + 63) // 64, np.uint64)
    cdef double[::1] largest = np.empty(candidates)
    cdef uint64_t bit, word
    cdef Py_ssize_t i, e, count = 0, place = 0
    cdef int32_t owner
    for i in range(terms.shape[0]):
        for e in range(indptr[terms[i]], indptr[terms[i] + 1]):
            owner = owners[e]
            bit = (<uint64_t>1) << (owner & 63)
            if not seen[owner >> 6] & bit:
                seen[owner >> 6] |= bit
                largest[owner] = values[e]
                count += 1
            elif values[e] > largest[owner]:
                largest[owner] = values[e]
    found, frequency = np.empty(count, np.int32), np.empty(count)
    cdef int32_t[::1] out = found
    cdef double[::1] high = frequency
    for i in range(seen.shape[0]):
        word = seen[i]
        while word:
            owner = <int32_t>(64 * i + lowest_bit(word))
            out[place], high[place] = owner, largest[owner]
            place += 1
            word &= word - 1
    return found, frequency


def add_absences(
    double[:, ::1] weights,
    const int64_t[::1] candidates,
    list shown,
    double factor,
    Py_ssize_t size,
):
    """`Engine.explain`, for excluded findings: what each says of some candidates is added to ``weights``.

    Args:
        weights: What is added to, ``(findings, k)``.
        candidates: Candidate positions, ``(k,)``.
        shown: Positions, logarithms of absence, and the logarithm for diseases at large, of each excluded finding.
        factor: Weight of exclusions, in natural logs.
        size: Number of candidates.
    """
    cdef int32_t[::1] place_of = np.full(size, -1, np.int32)
    cdef Py_ssize_t i, finding = 0, many = candidates.shape[0]
    cdef const int32_t[::1] positions
    cdef const double[::1] absent
    cdef double typical
    cdef double[::1] row = np.empty(many)
    for i in range(many):
        place_of[candidates[i]] = <int32_t>i
    for positions, absent, typical in shown:
        with nogil:
            for i in range(many):
                row[i] = 0.0
            for i in range(positions.shape[0]):
                if place_of[positions[i]] >= 0:
                    row[place_of[positions[i]]] = absent[i]
            for i in range(many):
                weights[finding, i] += factor * (row[i] - typical)
        finding += 1


def contradicted(
    const int64_t[::1] candidates,
    const int64_t[::1] diseases,
    list positions,
    const int32_t[::1] findings,
    const int64_t[::1] below_offsets,
    const int32_t[::1] below,
    const int32_t[::1] indptr,
    const int32_t[::1] terms,
    Py_ssize_t size,
    Py_ssize_t all_terms,
):
    """`Expectations.contradicted`: which excluded findings some diseases are annotated with.

    Args:
        candidates: Candidate positions of the diseases, ``(k,)``.
        diseases: Disease indices, ``(k,)``.
        positions: For each excluded finding the candidates that show it.
        findings: The excluded findings' terms.
        below_offsets: Where each term's descendants begin,
        below: and which these are.
        indptr: Where each disease's annotated terms begin,
        terms: and which these are.
        size: Number of candidates.
        all_terms: Number of terms.

    Returns:
        For each such pair the place of the finding, that of the disease, and the disease's first entry at or below
        the finding.
    """
    cdef int32_t[::1] place_of = np.full(size, -1, np.int32)
    # The last excluded finding that each term lies below, counted from 1.
    cdef int32_t[::1] mark = np.zeros(all_terms, np.int32)
    cdef Py_ssize_t i, j, e, finding, many = candidates.shape[0], count = 0
    cdef const int32_t[::1] shown
    cdef int64_t place
    numbers, places, entries = (np.empty(many * len(positions), np.int64) for _ in range(3))
    cdef int64_t[::1] number_of = numbers, disease_of = places, entry_of = entries
    for i in range(many):
        place_of[candidates[i]] = <int32_t>i
    for finding in range(len(positions)):
        shown = positions[finding]
        with nogil:
            for j in range(below_offsets[findings[finding]], below_offsets[findings[finding] + 1]):
                mark[below[j]] = <int32_t>(finding + 1)
            for i in range(shown.shape[0]):
                place = place_of[shown[i]]
                if place < 0:
                    continue
                number_of[count], disease_of[count], entry_of[count] = finding, place, 0
                for e in range(indptr[diseases[place]], indptr[diseases[place] + 1]):
                    if mark[terms[e]] == finding + 1:
                        entry_of[count] = e
                        break
                count += 1
    return numbers[:count], places[:count], entries[:count]


def missing(
    const int64_t[::1] diseases,
    const int32_t[::1] present,
    const int32_t[::1] excluded,
    const int64_t[::1] above_offsets,
    const int32_t[::1] above,
    const int64_t[::1] below_offsets,
    const int32_t[::1] below,
    const int64_t[::1] offsets,
    const int64_t[::1] terms,
    Py_ssize_t all_terms,
    Py_ssize_t most,
):
    """`Expectations.missing`: what a patient's findings neither report nor rule out.

    Args:
        diseases: Disease indices, ``(k,)``.
        present: Terms of the present findings.
        excluded: Terms of the excluded ones.
        above_offsets: Where each term's ancestors begin,
        above: and which these are.
        below_offsets: Where each term's descendants begin,
        below: and which these are.
        offsets: Where each disease's expected findings begin,
        terms: and which these are, most frequent first.
        all_terms: Number of terms.
        most: Most that are given of a disease.

    Returns:
        The place of the disease, and that of the expected finding, ``(n,)`` each.
    """
    cdef int8_t[::1] known = np.zeros(all_terms, np.int8)
    cdef Py_ssize_t i, e, j, count = 0, own, many = diseases.shape[0]
    owners, places = np.empty(many * most, np.int64), np.empty(many * most, np.int64)
    cdef int64_t[::1] owner = owners, place = places
    with nogil:
        for i in range(present.shape[0]):
            for j in range(above_offsets[present[i]], above_offsets[present[i] + 1]):
                known[above[j]] = 1
        for i in range(excluded.shape[0]):
            for j in range(below_offsets[excluded[i]], below_offsets[excluded[i] + 1]):
                known[below[j]] = 1
        for i in range(many):
            own = 0
            for e in range(offsets[diseases[i]], offsets[diseases[i] + 1]):
                if not known[terms[e]]:
                    owner[count], place[count] = i, e
                    count += 1
                    own += 1
                    if own == most:
                        break
    return owners[:count], places[:count]
