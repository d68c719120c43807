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

/* What `added` holds for some findings is added to `total`. */
WORKUP_INLINE void add_all(double *WORKUP_RESTRICT total, const double *WORKUP_RESTRICT added, ptrdiff_t width) {
    for (ptrdiff_t f = 0; f < width; f++) total[f] += added[f];
}

/* Where an entry of a profile explains a finding better than those before it, it takes their place. Entries are
   numbered in double precision, so that both are chosen by one comparison. */
WORKUP_INLINE void keep_best(double *WORKUP_RESTRICT best, double *WORKUP_RESTRICT entry,
                      const double *WORKUP_RESTRICT translation, double weight, double number, ptrdiff_t width) {
    for (ptrdiff_t f = 0; f < width; f++) {
        double value = translation[f] * weight;
        entry[f] = value > best[f] ? number : entry[f];
        best[f] = value > best[f] ? value : best[f];
    }
}

/* What diseases with the same findings show, for one finding: summed by term over the diseases that have it, scaled, and
   summed by disease over its terms.

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
   which compilers do not manage with loops over eight findings. */
typedef double workup_pair __attribute__((vector_size(16)));

/* The same for 2, 4 or 8 findings, each sum in the same order. `summed` begins at a multiple of 64, so that the sums of
   eight findings are one line of the cache. Findings from `given` on repeat the last one, and are not written. */
WORKUP_INLINE void company_of_pairs(const double *WORKUP_RESTRICT direct, ptrdiff_t size, const int32_t *starts,
                                    const uint16_t *columns, const double *own, const double *scale, ptrdiff_t terms,
                                    double *summed, double noise, float *WORKUP_RESTRICT ratios, int given,
                                    const int pairs) {
    workup_pair *WORKUP_RESTRICT sums = (workup_pair *)__builtin_assume_aligned(summed, 64);
    const double *of[8];
    for (int f = 0; f < 2 * pairs; f++) of[f] = direct + (f < given ? f : given - 1) * size;
    memset(sums, 0, (size_t)(terms * pairs) * sizeof(workup_pair));
    for (ptrdiff_t i = 0; i < size; i++) {
        workup_pair value[4];
        for (int p = 0; p < pairs; p++) value[p] = (workup_pair){of[2 * p][i], of[2 * p + 1][i]};
        for (int32_t e = starts[i]; e < starts[i + 1]; e++) {
            workup_pair *place = sums + (ptrdiff_t)columns[e] * pairs, share = {own[e], own[e]};
            for (int p = 0; p < pairs; p++) place[p] += share * value[p];
        }
    }
    for (ptrdiff_t t = 0; t < terms; t++)
        for (int p = 0; p < pairs; p++) sums[t * pairs + p] *= (workup_pair){scale[t], scale[t]};
    for (ptrdiff_t i = 0; i < size; i++) {
        workup_pair value[4] = {{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}};
        for (int32_t e = starts[i]; e < starts[i + 1]; e++) {
            const workup_pair *place = sums + (ptrdiff_t)columns[e] * pairs, share = {own[e], own[e]};
            for (int p = 0; p < pairs; p++) value[p] += share * place[p];
        }
        double found[8];
        memcpy(found, value, sizeof found);
        for (int f = 0; f < given; f++) ratios[f * size + i] = (float)(of[f][i] + noise + found[f]);
    }
}
#endif

/* The same for one to eight findings: the compiler writes each kind out. */
WORKUP_INLINE void company_of_some(const double *direct, ptrdiff_t size, const int32_t *starts, const uint16_t *columns,
                                   const double *own, const double *scale, ptrdiff_t terms, double *summed, double noise,
                                   float *ratios, int given) {
#if defined(__GNUC__)
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
