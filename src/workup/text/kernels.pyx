# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The search for the names of a sentence, compiled.

:class:`Finder` gives bit for bit what the Python code in :mod:`workup.text.readings` gives (costs are added in the same
order); that is the definition, and what runs where this file could not be compiled.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc


# How a word is joined to the one before it; as in workup.text.words.
cdef enum:
    HYPHEN = 1
    SUSPENDED = 2
    COMMA = 3
    SLASH = 4
    BRACKET = 5
    COLON = 6
    BREAK = 7

# What a word is; as in workup.text.readings.
cdef enum:
    AND = 1
    EMPTY = 2
    FILLER = 4
    LIGHT = 8
    LINKING = 16
    PARTING = 32
    PERIOD = 64
    DENYING = 128
    LINK = 256
    TO = 512
    DIGITS = 1024
    ENDS_IN_HEAD = 2048
    HEAD = 4096
    IN_PLURAL = 8192

# Bits of a name's kind; as in workup.text.name_table.
cdef enum:
    IMPLIED = 2
    PLURAL = 4

cdef enum:
    MOST = 64  # different stems of a name


cdef struct Row:
    int32_t* joint
    int32_t* what
    int32_t* stem
    int32_t* first
    int32_t* last
    int32_t* following  # the next piece of the same stem, -1 after the last
    double* cost
    int32_t own  # how many of the pieces are the sentence's; the others are its heading's
    int32_t all


cdef class Finder:
    """Finds the ways in which the names of a dictionary can be read in a sentence.

    Args:
        tables: Where the names of each stem begin, and they, by their rarest stem (int64, int32); where the stems of
            each name begin, and they (int64, int32); bits and trust of each name (uint8); in how many places of names
            each stem stands (int64).
        costs: What stands between words costs, as listed in :mod:`workup.text.readings`.
        most_listed: Words with a meaning of their own that may stand between two of a name.
        implied: Whether names count that the ontology only implies.
        least: Least score.
    """

    cdef const int64_t[::1] anchored_offsets
    cdef const int32_t[::1] anchored
    # All in the order of anchored, so that what is looked at together lies together.
    cdef int32_t[::1] second  # the rarest other stem of each name, -1 where there is none
    cdef int32_t[::1] offsets
    cdef int32_t[::1] tokens
    cdef uint8_t[::1] kind
    cdef uint8_t[::1] trust
    cdef Py_ssize_t stems
    cdef bint implied
    cdef int most_listed
    cdef double least
    cdef double c_stop, c_filler, c_other, c_list, c_listed_word, c_bracket, c_order, c_bare_order, c_heading, c_and
    cdef double limit

    def __init__(self, tables, costs, int most_listed, bint implied, double least):
        cdef const int64_t[::1] anchored_offsets = tables[0], offsets = tables[2], common = tables[6]
        cdef const int32_t[::1] anchored = tables[1], tokens = tables[3]
        cdef const uint8_t[::1] kind = tables[4], trust = tables[5]
        self.anchored_offsets, self.anchored = anchored_offsets, anchored
        self.stems = common.shape[0]
        self.most_listed, self.implied, self.least = most_listed, implied, least
        (
            self.c_stop, self.c_filler, self.c_other, self.c_list, self.c_listed_word, self.c_bracket, self.c_order,
            self.c_bare_order, self.c_heading, self.c_and, self.limit,
        ) = costs
        cdef Py_ssize_t n = anchored.shape[0], anchor, place, at, end = 0
        self.second, self.offsets = np.full(n, -1, np.int32), np.zeros(n + 1, np.int32)
        self.tokens = np.empty(tokens.shape[0], np.int32)
        self.kind, self.trust = np.empty(n, np.uint8), np.empty(n, np.uint8)
        cdef int32_t name, stem, best
        for anchor in range(self.stems):
            for place in range(anchored_offsets[anchor], anchored_offsets[anchor + 1]):
                name = anchored[place]
                best = -1
                for at in range(offsets[name], offsets[name + 1]):
                    stem = tokens[at]
                    if stem != anchor and (best < 0 or common[stem] < common[best]):
                        best = stem
                    self.tokens[end] = stem
                    end += 1
                self.second[place], self.offsets[place + 1] = best, <int32_t> end
                self.kind[place], self.trust[place] = kind[name], trust[name]

    def find(self, list texts, list joints, list classes, list pieces, list above, int heading):
        """All readings in one sentence.

        Args:
            texts: Its words.
            joints: How each is joined to the one before.
            classes: What each is, in bits.
            pieces: Its stems, at their places.
            above: The stems of the heading above it, each once.
            heading: How many of its first words are that heading.

        Returns:
            Names of one stem, each with its pieces; and the others as (name, pieces, cost, cost of the gaps, listed,
            headed).
        """
        cdef Py_ssize_t n_words = len(texts), n_own = len(pieces), n = n_own + len(above), i, place, stem_place
        cdef Row row
        cdef int32_t* head  # the first piece of each stem
        cdef char* memory
        cdef int32_t stem, name, anchor, middle, token
        cdef Py_ssize_t size = self.stems * 4 + (2 * n_words + 4 * n) * 4 + n * 8
        cdef int32_t[MOST] rest
        cdef int32_t[MOST] rest_order
        cdef int n_rest, anchor_order, j
        cdef int32_t last_token
        cdef bint complete
        cdef list here
        memory = <char*> malloc(size)
        if memory == NULL:
            raise MemoryError
        alone, found = [], []
        try:
            row.cost = <double*> memory
            row.joint = <int32_t*> (memory + n * 8)
            row.what = row.joint + n_words
            row.stem = row.what + n_words
            row.first = row.stem + n
            row.last = row.first + n
            row.following = row.last + n
            head = row.following + n
            row.own, row.all = <int32_t> n_own, <int32_t> n
            for i in range(self.stems):
                head[i] = -1
            for i in range(n_words):
                row.joint[i] = joints[i]
                row.what[i] = classes[i]
            for i in range(n - 1, -1, -1):
                piece = pieces[i] if i < n_own else above[i - n_own]
                row.stem[i], row.first[i], row.last[i] = piece.stem, piece.first, piece.last
                row.cost[i] = piece.cost
                stem = row.stem[i]
                # A stem of the sentence itself counts before that of the heading.
                row.following[i] = head[stem] if head[stem] < n_own else -1
                head[stem] = <int32_t> i
            for i in range(n):
                anchor = row.stem[i]
                if head[anchor] != i:
                    continue  # the stem was looked at
                here = None
                for place in range(self.anchored_offsets[anchor], self.anchored_offsets[anchor + 1]):
                    stem = self.second[place]
                    if stem >= 0 and head[stem] < 0:
                        continue
                    name = self.anchored[place]
                    if stem < 0:
                        if i < n_own:
                            if here is None:
                                here = self._of_stem(&row, <int32_t> i, pieces)
                            alone.append((name, here))
                        continue
                    if self.kind[place] & IMPLIED and not self.implied:
                        continue
                    n_rest = 0
                    anchor_order = -1
                    complete = True
                    for stem_place in range(self.offsets[place], self.offsets[place + 1]):
                        token = self.tokens[stem_place]
                        if head[token] < 0:
                            complete = False
                            break
                        if token == anchor:
                            if anchor_order < 0:
                                anchor_order = <int> (stem_place - self.offsets[place])
                            continue
                        for j in range(n_rest):
                            if rest[j] == token:
                                break
                        else:
                            if n_rest == MOST - 1:
                                raise OverflowError("a name has too many words")
                            rest[n_rest] = token
                            rest_order[n_rest] = <int> (stem_place - self.offsets[place])
                            n_rest += 1
                    if not complete:
                        continue
                    if self.kind[place] & PLURAL:
                        last_token = self.tokens[self.offsets[place + 1] - 1]
                        if not self._in_plural(&row, head[last_token]):
                            continue
                    middle = head[anchor]
                    while middle >= 0:
                        self._arrange(
                            &row, head, name, self.trust[place], middle, anchor_order, rest, rest_order, n_rest,
                            heading, texts, pieces, found,
                        )
                        middle = row.following[middle]
        finally:
            free(memory)
        return alone, found

    cdef list _of_stem(self, Row* row, int32_t one, list pieces):
        cdef list here = []
        while one >= 0:
            here.append(pieces[one])
            one = row.following[one]
        return here

    cdef bint _in_plural(self, Row* row, int32_t one):
        """Whether the sentence has a stem in the plural, whose first piece is ``one``."""
        while 0 <= one < row.own:
            if row.what[row.last[one]] & IN_PLURAL:
                return True
            one = row.following[one]
        return False

    cdef int32_t _nearest(self, Row* row, int32_t one, int32_t middle):
        """Of the pieces from ``one`` on that have its stem the nearest to ``middle``."""
        cdef int32_t best = one, after, distance, least = 0
        cdef int32_t rank
        cdef bint chosen = False
        while one >= 0:
            after = one if row.first[one] > row.first[middle] else middle
            distance = row.first[one] - row.first[middle]
            if distance < 0:
                distance = -distance
            # By distance, then without a comma, then the one that comes before.
            rank = distance * 4 + (2 if row.joint[row.first[after]] > HYPHEN else 0) + (1 if after == middle else 0)
            if not chosen or rank < least:
                best, least, chosen = one, rank, True
            one = row.following[one]
        return best

    cdef _arrange(
        self, Row* row, int32_t* head, int32_t name, int trust, int32_t middle, int anchor_order, int32_t* rest,
        int32_t* rest_order, int n_rest, int heading, list texts, list pieces, list found,
    ):
        """One way to read a name: with the anchor at ``middle`` and the other stems where they are nearest."""
        cdef int32_t[MOST] placed
        cdef int32_t[MOST] order
        cdef int n_placed = 0, n_headed = 0, j, k
        cdef int32_t one, kept
        cdef double cost = 0.0, gap = 0.0, score
        cdef bint listed = False, together, headed
        for j in range(-1, n_rest):
            if j < 0:
                one = middle
            else:
                one = head[rest[j]]
                if row.following[one] >= 0:
                    one = self._nearest(row, one, middle)
            cost += row.cost[one]
            if one >= row.own:
                n_headed += 1
                if n_headed > 1:
                    return
                continue
            kept = rest_order[j] if j >= 0 else anchor_order
            # As the sentence has them; those at one place as the name has them.
            k = n_placed
            while k > 0 and (
                row.first[placed[k - 1]] > row.first[one]
                or (row.first[placed[k - 1]] == row.first[one] and order[k - 1] > kept)
            ):
                placed[k], order[k] = placed[k - 1], order[k - 1]
                k -= 1
            placed[k], order[k] = one, kept
            n_placed += 1
        if n_placed == 0:
            return
        headed = n_headed > 0
        together = self._gaps(row, placed, order, n_placed, texts, &gap, &listed)
        cdef int begin = 0
        if not together and not headed and row.first[placed[0]] < heading:
            one = self._above(row, row.stem[placed[0]])
            if one >= 0:
                # "NECK: loose skin, no webbing": too far for a sentence, but the neck is the heading.
                headed = True
                begin = 1
                cost += row.cost[one]
                together = self._gaps(row, placed + 1, order + 1, n_placed - 1, texts, &gap, &listed)
        if not together or n_placed == begin:
            return
        cost += gap
        score = trust / 100.0 - cost
        if cost <= self.limit and score >= self.least:
            found.append(
                (name, tuple([pieces[placed[j]] for j in range(begin, n_placed)]), cost, gap, listed, headed)
            )

    cdef int32_t _above(self, Row* row, int32_t stem):
        """The piece of the heading that has a stem, -1 if none has."""
        cdef int32_t one
        for one in range(row.own, row.all):
            if row.stem[one] == stem:
                return one
        return -1

    cdef bint _gaps(
        self, Row* row, int32_t* placed, int32_t* order, int n, list texts, double* total, bint* across
    ) except -1:
        """Whether the words of a name belong together, what their arrangement costs, and if it reads across a list."""
        cdef double cost = 0.0
        cdef bint listed = False, turned = False, linked = False, gapless = True, ands, comma
        cdef int j, content, joints
        cdef int32_t one, two, begin, end, i, what, seen
        for j in range(n - 1):
            if order[j] > order[j + 1] and not row.what[row.last[placed[j + 1]]] & HEAD:
                turned = True
        for j in range(n - 1):
            one, two = placed[j], placed[j + 1]
            begin, end = row.last[one] + 1, row.first[two]
            if end < begin:
                if row.first[two] == row.first[one] and row.last[two] == row.last[one]:
                    continue
                return False
            if end == begin and row.joint[end] <= HYPHEN:
                continue
            content = 0
            joints = 1 << row.joint[end]
            seen = 0
            for i in range(begin, end):
                what = row.what[i]
                seen |= what
                joints |= 1 << row.joint[i]
                if not what & LIGHT:
                    content += 1
                    if content > self.most_listed:
                        return False
            if joints & (1 << BREAK) or seen & PARTING:
                return False
            if joints & (1 << COLON):
                if not turned and row.first[one] > 3:
                    return False
                cost += self.c_heading
            if joints & (1 << BRACKET):
                cost += self.c_bracket
            ands = seen & AND != 0
            comma = joints & ((1 << COMMA) | (1 << SLASH) | (1 << SUSPENDED)) != 0
            if ands or comma:
                if seen & PERIOD or self._repeated(row, placed, n, begin, end, texts):
                    return False
            for i in range(begin, end):
                what = row.what[i]
                if what & AND:
                    continue
                if what & EMPTY:
                    cost += self.c_stop
                    if what & LINKING:
                        linked = True
                elif what & FILLER:
                    cost += self.c_filler
            if end > begin:
                gapless = False
            if content == 0 and not ands and not comma:
                # "Mild to moderate delay" is both.
                if end - begin == 2 and row.what[begin] & TO and row.what[begin + 1] & row.what[begin - 1] & FILLER:
                    listed = True
                continue
            if content == 0:
                if not ands and not linked and not turned and not row.what[begin - 1] & DIGITS:
                    return False
                cost += self.c_and if ands else self.c_other / 2
                if comma and not ands and turned and not (linked and end > begin):
                    return False
                continue
            if not ands and not comma:
                if content > 1 or n < 2:
                    return False
                cost += self.c_other
                continue
            if not (
                self._separates(row.joint[begin])
                or row.what[begin] & AND
                or self._separates(row.joint[end])
                or row.what[end - 1] & AND
            ) or seen & DENYING:
                return False
            if row.what[begin - 1] & ENDS_IN_HEAD and not row.what[begin] & LINK:
                return False
            listed = True
            cost += self.c_list + self.c_listed_word * content
        if listed and turned and not linked:
            return False
        if turned:
            cost += self.c_order if linked or n > 2 else self.c_bare_order if gapless else self.c_other
        total[0], across[0] = cost, listed
        return True

    cdef inline bint _separates(self, int32_t joint):
        return joint == COMMA or joint == SLASH or joint == SUSPENDED

    cdef bint _repeated(self, Row* row, int32_t* placed, int n, int32_t begin, int32_t end, list texts) except -1:
        """Whether a word of the name stands once more between: "cleft lip and possibly cleft palate" are two items."""
        cdef int j
        cdef int32_t i
        for i in range(begin, end):
            for j in range(n):
                if <str> texts[row.first[placed[j]]] == <str> texts[i]:
                    return True
        return False
