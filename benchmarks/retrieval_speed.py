"""Speed and memory of BM25 beside bm25s and tantivy, in one run on the same made-up passages; and of dense search.

    python benchmarks/retrieval_speed.py [--documents 1000000] [--words 60] [--queries 100] [--only workup]
    python benchmarks/retrieval_speed.py --only dense --documents 100000

Passages draw words from a Zipf law over 200,000 made-up words. Times are CPU seconds of one thread; each engine runs in
a process of its own, whose largest memory is given. All three read the words, lower them and stem them; tantivy's BM25
has k1 1.2 and b 0.75 fixed, which changes no amount of work. Peers: pip install bm25s tantivy.

Dense search compares a query with every vector. Its vectors here are drawn, not encoded, which takes the same time to
search; what encoding costs is measured apart on --encoded passages (0 leaves it out).
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.queues import Queue

import numpy as np

VOCABULARY = 200_000


def made_up(documents: int, words: int, seed: int) -> Iterator[str]:
    random = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    names = np.array(["".join(row) for row in letters[random.integers(26, size=(VOCABULARY, 7))]])
    for start in range(0, documents, 1000):
        ranks = random.zipf(1.2, size=(min(1000, documents - start), words)) % VOCABULARY
        for row in names[ranks]:
            yield " ".join(row)


def workup(texts: list[str], queries: list[str]) -> tuple[float, float]:
    from workup.retrieval import BM25

    started = time.process_time()
    index = BM25.build((str(number), text) for number, text in enumerate(texts))
    index.search(queries[0])
    built = time.process_time() - started
    started = time.process_time()
    for query in queries:
        index.search(query, 10)
    return built, (time.process_time() - started) / len(queries)


def bm25s(texts: list[str], queries: list[str]) -> tuple[float, float]:
    import bm25s
    import Stemmer

    started = time.process_time()
    stemmer = Stemmer.Stemmer("porter")
    index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    built = time.process_time() - started
    started = time.process_time()
    for query in queries:
        tokens = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, show_progress=False)
        index.retrieve(tokens, k=10, show_progress=False, n_threads=1)
    return built, (time.process_time() - started) / len(queries)


def tantivy(texts: list[str], queries: list[str]) -> tuple[float, float]:
    import tantivy

    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", stored=False, tokenizer_name="en_stem")
        builder.add_integer_field("number", stored=True)
        index = tantivy.Index(builder.build(), path=folder)
        writer = index.writer(heap_size=256_000_000, num_threads=1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(body=text, number=number))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        built = time.process_time() - started
        started = time.process_time()
        for query in queries:
            searcher.search(index.parse_query(query, ["body"]), 10)
        return built, (time.process_time() - started) / len(queries)


def dense(texts: list[str], queries: list[str]) -> tuple[float, float]:
    from workup.retrieval.dense import Dense
    from workup.retrieval.encoder import MiniLM

    encoder = MiniLM()
    random = np.random.default_rng(0)
    started = time.process_time()
    vectors = random.standard_normal((len(texts), encoder.encode(["a"]).shape[1]), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = Dense([str(number) for number in range(len(texts))], vectors, encoder)
    index.search(queries[0])
    built = time.process_time() - started
    started = time.process_time()
    for query in queries:
        index.search(query, 10)
    return built, (time.process_time() - started) / len(queries)


def encoding(passages: int, words: int) -> None:
    """Say what encoding a passage costs."""
    from workup.retrieval.encoder import MiniLM

    encoder, texts = MiniLM(), list(made_up(passages, words, seed=0))
    started = time.process_time()
    encoder.encode(texts)
    print(f"encoding: {1000 * (time.process_time() - started) / passages:.1f} ms CPU a passage, n = {passages}")


PEERS = ("workup", "bm25s", "tantivy")
ENGINES: dict[str, Callable[[list[str], list[str]], tuple[float, float]]] = {
    "workup": workup,
    "bm25s": bm25s,
    "tantivy": tantivy,
    "dense": dense,
}


def run(name: str, documents: int, words: int, queries: int, out: Queue[tuple[float, float, float]]) -> None:
    texts = list(made_up(documents, words, seed=0))
    asked = list(made_up(queries, 8, seed=1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    built, each = ENGINES[name](texts, asked)
    out.put((built, each, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--only", choices=list(ENGINES))
    parser.add_argument("--encoded", type=int, default=0)
    options = parser.parse_args()
    if options.encoded:
        encoding(options.encoded, options.words)
    context = multiprocessing.get_context("spawn")
    print(f"{options.documents} passages of {options.words} words, {options.queries} queries of 8 words, 10 hits each")
    for name in [options.only] if options.only else PEERS:
        out = context.Queue()
        process = context.Process(target=run, args=(name, options.documents, options.words, options.queries, out))
        process.start()
        built, each, memory = out.get()
        process.join()
        print(
            f"{name:8} index {built:7.1f} s CPU | query {1000 * each:7.2f} ms CPU | {memory:7.0f} MB more", flush=True
        )


if __name__ == "__main__":
    main()
