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

/* What diseases with the same findings show, for `width` findings at once: summed by term over the diseases that have
   it, scaled, and summed by disease over its terms.

   direct    what each disease shows of each finding; a row of `size` diseases for each
   starts    where each disease's own profile begins, `size` + 1
   columns   its terms
   own       and their shares
   scale     what each term's sum is multiplied with, `terms`
   summed    room for `terms` x `width`
   noise     what is added to everything
   ratios    the result, direct + noise + company, like `direct` but in single precision */
WORKUP_INLINE void company_of(const double *WORKUP_RESTRICT direct, ptrdiff_t size, const int32_t *starts,
                              const uint16_t *columns, const double *own, const double *scale, ptrdiff_t terms,
                              double *WORKUP_RESTRICT summed, double noise, float *WORKUP_RESTRICT ratios, const int width) {
    memset(summed, 0, (size_t)(terms * width) * sizeof(double));
    for (ptrdiff_t i = 0; i < size; i++) {
        double value[4];
        int any = 0;
        for (int f = 0; f < width; f++) {
            value[f] = direct[f * size + i];
            any |= value[f] != 0.0;
        }
        if (!any) continue;
        for (int32_t e = starts[i]; e < starts[i + 1]; e++) {
            double *place = summed + (ptrdiff_t)columns[e] * width;
            for (int f = 0; f < width; f++) place[f] += own[e] * value[f];
        }
    }
    for (ptrdiff_t t = 0; t < terms; t++)
        for (int f = 0; f < width; f++) summed[t * width + f] *= scale[t];
    for (ptrdiff_t i = 0; i < size; i++) {
        double value[4] = {0.0, 0.0, 0.0, 0.0};
        for (int32_t e = starts[i]; e < starts[i + 1]; e++) {
            const double *place = summed + (ptrdiff_t)columns[e] * width;
            for (int f = 0; f < width; f++) value[f] += own[e] * place[f];
        }
        for (int f = 0; f < width; f++) ratios[f * size + i] = (float)(direct[f * size + i] + noise + value[f]);
    }
}

/* The same for one to four findings: the compiler writes each out. */
WORKUP_INLINE void company_of_some(const double *direct, ptrdiff_t size, const int32_t *starts, const uint16_t *columns,
                            const double *own, const double *scale, ptrdiff_t terms, double *summed, double noise,
                            float *ratios, int width) {
    if (width == 1)
        company_of(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, 1);
    else if (width == 2)
        company_of(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, 2);
    else if (width == 3)
        company_of(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, 3);
    else
        company_of(direct, size, starts, columns, own, scale, terms, summed, noise, ratios, 4);
}

#endif
