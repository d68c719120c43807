

def test_cases_are_drawn_with_all_their_attempts() -> None:
    values = np.array([1.0, 0.0, 1.0, 1.0])
    once = CaseDraws(["a", "b", "c", "d"]).means(values, seed=3)
    assert np.array_equal(once, CaseDraws([name for name in "abcd" for _ in range(7)]).means(values.repeat(7), seed=3))
    draws, random = CaseDraws(["a", "b", "a"]), np.random.default_rng(0)
    for _ in range(20):
        drawn = draws.one(random).tolist()
        assert drawn.count(0) == drawn.count(2)
