/* The innermost loops of kernels.pyx, in C: here a compiler can be told that arrays do not overlap, so that it takes
   two numbers at once. Each adds in the order in which numpy does. */
#ifndef WORKUP_LOOPS_H
#define WORKUP_LOOPS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_MSC_VER)
#define WORKUP_RESTRICT __restrict
#define WORKUP_INLINE static __forceinline
#define WORKUP_PREFETCH(place) ((void)0)
#else
#define WORKUP_RESTRICT restrict
#define WORKUP_INLINE static inline __attribute__((always_inline))
#define WORKUP_PREFETCH(place) __builtin_prefetch(place)
#endif

/* Place of the lowest bit that is set; there must be one. */
WORKUP_INLINE int workup_lowest_bit(uint64_t word) {
#if defined(__GNUC__)
    return __builtin_ctzll(word);
#else
    int place = 0;
    while (!((word >> place) & 1)) place++;
    return place;
#endif
}

/* Entries of a profile that are looked at together. */
#define WORKUP_PART 16

#if defined(__GNUC__)
/* Four findings: every processor compares four numbers in single precision at once. */
typedef float workup_four __attribute__((vector_size(16)));
typedef float workup_four_of_row __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t workup_four_numbers __attribute__((vector_size(16)));

/* Calls a function for a width of 4, 8, 12 or 16, the number of fours as its last argument; each is written out. */
#define WORKUP_IN_FOURS(function, width, ...) \
    do {                                      \
        if ((width) == 4)                     \
            function(__VA_ARGS__, 1);         \
        else if ((width) == 8)                \
            function(__VA_ARGS__, 2);         \
        else if ((width) == 12)               \
            function(__VA_ARGS__, 3);         \
        else                                  \
            function(__VA_ARGS__, 4);         \
    } while (0)

/* The larger of each two; of equal ones the second. */
WORKUP_INLINE workup_four larger_of_four(workup_four value, workup_four other) {
#if defined(__SSE__)
    return __builtin_ia32_maxps(value, other);
#else
    workup_four_numbers more = value > other;
    return (workup_four)(((workup_four_numbers)value & more) | ((workup_four_numbers)other & ~more));
#endif
}

WORKUP_INLINE void translations_of_fours(const int32_t *above, ptrdiff_t size, const uint16_t *shared,
                                         const float *gains, float scale, float *row, const int fours) {
    workup_four sum[4], by = {scale, scale, scale, scale};
    for (int c = 0; c < fours; c++) sum[c] = (workup_four){0.0f, 0.0f, 0.0f, 0.0f};
    for (ptrdiff_t j = 0; j < size; j++) {
        const workup_four_of_row *gain = (const workup_four_of_row *)gains + (ptrdiff_t)shared[above[j]] * fours;
        for (int c = 0; c < fours; c++) sum[c] += gain[c];
    }
    for (int c = 0; c < fours; c++) ((workup_four_of_row *)row)[c] = sum[c] * by;
}

WORKUP_INLINE void best_parts_of_fours(const float *rows, const uint16_t *row, const float *weights, ptrdiff_t size,
                                       float *most, int32_t *part, const int fours) {
    workup_four best[4];
    workup_four_numbers where[4];
    for (int c = 0; c < fours; c++) {
        best[c] = (workup_four){-1.0f, -1.0f, -1.0f, -1.0f};
        where[c] = (workup_four_numbers){0, 0, 0, 0};
    }
    for (ptrdiff_t start = 0; start < size; start += WORKUP_PART) {
        ptrdiff_t end = start + WORKUP_PART < size ? start + WORKUP_PART : size;
        int32_t number = (int32_t)(start / WORKUP_PART);
        workup_four now[4];
        for (int c = 0; c < fours; c++) now[c] = best[c];
        for (ptrdiff_t e = start; e < end; e++) {
            const workup_four_of_row *value = (const workup_four_of_row *)rows + (ptrdiff_t)row[e] * fours;
            workup_four weight = {weights[e], weights[e], weights[e], weights[e]};
            for (int c = 0; c < fours; c++) now[c] = larger_of_four(value[c] * weight, now[c]);
        }
        for (int c = 0; c < fours; c++) {
            workup_four_numbers more = now[c] > best[c], here = {number, number, number, number};
            where[c] = (here & more) | (where[c] & ~more);
            best[c] = now[c];
        }
    }
    for (int c = 0; c < fours; c++) {
        memcpy(most + 4 * c, &best[c], sizeof best[c]);
        memcpy(part + 4 * c, &where[c], sizeof where[c]);
    }
}
#endif

/* The translations of one term to up to sixteen findings: what its ancestors add, times `scale`. To add the zeros of an
   ancestor that no finding has takes less time than to ask whether one has it.

   above     the term's `size` ancestors
   shared    for each term its row in `gains`
   gains     what each ancestor adds for each finding, `width` in a row; the first row is nothing
   row       the result, `width`; `width` is 4, 8, 12 or 16 */
WORKUP_INLINE void translations_of(const int32_t *above, ptrdiff_t size, const uint16_t *shared, const float *gains,
                                   float scale, float *row, ptrdiff_t width) {
#if defined(__GNUC__)
    WORKUP_IN_FOURS(translations_of_fours, width, above, size, shared, gains, scale, row);
#else
    for (ptrdiff_t f = 0; f < width; f++) row[f] = 0.0f;
    for (ptrdiff_t j = 0; j < size; j++)
        for (ptrdiff_t f = 0; f < width; f++) row[f] += gains[shared[above[j]] * width + f];
    for (ptrdiff_t f = 0; f < width; f++) row[f] *= scale;
#endif
}

/* Which entries of a profile explain findings best, for up to sixteen of them: the largest of `rows x weight`, and in
   which part of the entries it comes first. To look for the entry within its part takes less time than to remember at
   every entry which one it was.

   rows      translations of terms to the findings, `width` in a row; `width` is 4, 8, 12 or 16
   row       the row of each of `size` entries
   weights   their weights
   most      the result, `width`; -1 where there is no entry
   part      the number of the part, `width` */
WORKUP_INLINE void best_parts(const float *rows, const uint16_t *row, const float *weights, ptrdiff_t size, float *most,
                              int32_t *part, ptrdiff_t width) {
#if defined(__GNUC__)
    WORKUP_IN_FOURS(best_parts_of_fours, width, rows, row, weights, size, most, part);
#else
    for (ptrdiff_t f = 0; f < width; f++) most[f] = -1.0f, part[f] = 0;
    for (ptrdiff_t e = 0; e < size; e++) {
        for (ptrdiff_t f = 0; f < width; f++) {
            float value = rows[row[e] * width + f] * weights[e];
            if (value > most[f]) most[f] = value, part[f] = (int32_t)(e / WORKUP_PART);
        }
    }
#endif
}

/* The entry of that part. */
WORKUP_INLINE ptrdiff_t best_entry(const float *rows, const uint16_t *row, const float *weights, ptrdiff_t size,
                                   ptrdiff_t width, ptrdiff_t finding, int32_t part) {
    ptrdiff_t start = (ptrdiff_t)part * WORKUP_PART, end = start + WORKUP_PART < size ? start + WORKUP_PART : size;
    ptrdiff_t found = start;
    float most = -1.0f;
    for (ptrdiff_t e = start; e < end; e++) {
        float value = rows[row[e] * width + finding] * weights[e];
        if (value > most) most = value, found = e;
    }
    return found;
}

/* What diseases with the same findings show, for one finding: summed by term over the diseases that have it, scaled,
   and summed by disease over its terms.

   direct    what each of `size` diseases shows of the finding
   starts    where each disease's own profile begins, `size` + 1
   columns   its terms
   own       and their shares
   scale     what each term's sum is multiplied with, `terms`
   summed    room for `terms`
   noise     what is added to everything
   ratios    the result, direct + noise + company, like `direct` but in single precision */
WORKUP_INLINE void company_of_one(const double *WORKUP_RESTRICT direct, ptrdiff_t size, const int32_t *starts,
                                  const uint16_t *columns, const double *own, const double *scale, ptrdiff_t terms,
                                  double *WORKUP_RESTRICT summed, double noise, float *WORKUP_RESTRICT ratios) {
    memset(summed, 0, (size_t)terms * sizeof(double));
    for (ptrdiff_t i = 0; i < size; i++) {
        double value = direct[i];
        if (value == 0.0) continue;
        for (int32_t e = starts[i]; e < starts[i + 1]; e++) summed[columns[e]] += own[e] * value;
    }
    for (ptrdiff_t t = 0; t < terms; t++) summed[t] *= scale[t];
    for (ptrdiff_t i = 0; i < size; i++) {
        double value = 0.0;
        for (int32_t e = starts[i]; e < starts[i + 1]; e++) value += own[e] * summed[columns[e]];
        ratios[i] = (float)(direct[i] + noise + value);
    }
}

#if defined(__GNUC__)
/* Two findings: every processor adds and multiplies two numbers at once, and what is written so stays in its registers,
   which compilers do not manage with loops over eight findings. Most processors do four at once, if asked to. */
typedef double workup_pair __attribute__((vector_size(16)));
typedef double workup_quad __attribute__((vector_size(32)));

/* The same for several findings, each sum in the same order. `summed` begins at a multiple of 64, so that the sums of
   eight findings are one line of the cache. Findings from `given` on repeat the last one, and are not written. One text
   for both widths: `vector` holds `lanes` findings, `count` vectors hold all, `shown` makes one of a disease. */
#define WORKUP_TWO(p) {of[2 * (p)][i], of[2 * (p) + 1][i]}
#define WORKUP_FOUR(p) {of[4 * (p)][i], of[4 * (p) + 1][i], of[4 * (p) + 2][i], of[4 * (p) + 3][i]}
#define WORKUP_COMPANY(name, vector, lanes, shown, target)                                                        \
    target WORKUP_INLINE void name(const double *WORKUP_RESTRICT direct, ptrdiff_t size, const int32_t *starts,   \
                                   const uint16_t *columns, const double *own, const double *scale, ptrdiff_t terms, \
                                   double *summed, double noise, float *WORKUP_RESTRICT ratios, int given,        \
                                   const int count) {                                                             \
        vector *WORKUP_RESTRICT sums = (vector *)__builtin_assume_aligned(summed, 64);                            \
        const double *of[8] = {direct};                                                                           \
        for (int f = 0; f < lanes * count; f++) of[f] = direct + (f < given ? f : given - 1) * size;              \
        memset(sums, 0, (size_t)(terms * count) * sizeof(vector));                                                \
        for (ptrdiff_t i = 0; i < size; i++) {                                                                    \
            vector value[8 / lanes];                                                                              \
            for (int p = 0; p < count; p++) value[p] = (vector)shown(p);                                          \
            for (int32_t e = starts[i]; e < starts[i + 1]; e++) {                                                 \
                vector *place = sums + (ptrdiff_t)columns[e] * count;                                             \
                for (int p = 0; p < count; p++) place[p] += own[e] * value[p];                                    \
            }                                                                                                     \
        }                                                                                                         \
        for (ptrdiff_t t = 0; t < terms; t++)                                                                     \
            for (int p = 0; p < count; p++) sums[t * count + p] *= scale[t];                                      \
        for (ptrdiff_t i = 0; i < size; i++) {                                                                    \
            vector value[8 / lanes] = {{0.0}};                                                                    \
            for (int32_t e = starts[i]; e < starts[i + 1]; e++) {                                                 \
                const vector *place = sums + (ptrdiff_t)columns[e] * count;                                       \
                for (int p = 0; p < count; p++) value[p] += own[e] * place[p];                                    \
            }                                                                                                     \
            double found[8];                                                                                      \
            memcpy(found, value, sizeof found);                                                                   \
            for (int f = 0; f < given; f++) ratios[f * size + i] = (float)(of[f][i] + noise + found[f]);          \
        }                                                                                                         \
    }

WORKUP_COMPANY(company_of_pairs, workup_pair, 2, WORKUP_TWO, )

#if defined(__x86_64__)
#define WORKUP_WIDE __attribute__((target("avx2")))
WORKUP_COMPANY(company_of_quads, workup_quad, 4, WORKUP_FOUR, WORKUP_WIDE)

/* For processors that add four numbers at once: the same numbers, in two thirds of the time. */
WORKUP_WIDE static void company_of_some_wide(const double *direct, ptrdiff_t size, const int32_t *starts,
                                             const uint16_t *columns, const double *own, const double *scale,
                                             ptrdiff_t terms, double *summed, double noise, float *ratios, int given) {
    if (given > 4)
        company_of_quads(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, given, 2);
    else
        company_of_quads(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, given, 1);
}
#endif
#endif

/* The same for one to eight findings: the compiler writes each kind out. `wide` allows four at once. */
WORKUP_INLINE void company_of_some(const double *direct, ptrdiff_t size, const int32_t *starts, const uint16_t *columns,
                                   const double *own, const double *scale, ptrdiff_t terms, double *summed,
                                   double noise, float *ratios, int given, int wide) {
    (void)wide;
#if defined(__GNUC__)
#if defined(__x86_64__)
    if (wide && given > 2 && __builtin_cpu_supports("avx2")) {
        company_of_some_wide(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, given);
        return;
    }
#endif
    if (given > 4)
        company_of_pairs(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, given, 4);
    else if (given > 2)
        company_of_pairs(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, given, 2);
    else if (given > 1)
        company_of_pairs(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, given, 1);
    else
        company_of_one(direct, size, starts, columns, own, scale, terms, summed, noise, ratios);
#else
    for (int f = 0; f < given; f++)
        company_of_one(direct + f * size, size, starts, columns, own, scale, terms, summed, noise, ratios + f * size);
#endif
}

#endif
