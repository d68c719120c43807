"""What published methods are composed of: each block once, shared by many.

* ``budget``: calls, tokens, seconds and dollars; when they are spent, the best answer so far
* ``role``: an agent's prompt, the reader of its replies, and what stands in for an unread one
* ``evidence``: passages, measurements and tool results under ids that words cite

A block writes :class:`~workup.reasoning.Step` objects, so that one page shows an argument, a debate and a table of
likelihoods.
"""
