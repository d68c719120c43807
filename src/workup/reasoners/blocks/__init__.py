"""What published methods are composed of: each block once, shared by many.

* ``budget``: calls, tokens, seconds and dollars; when they are spent, the best answer so far
* ``role``: an agent's prompt, the reader of its replies, and what stands in for an unread one
* ``environment``: whoever answers when a method acts: a patient, tools, a judge of moves
* ``abstain``: how certain an answer is, and whether to answer, ask, retrieve or refuse
* ``evidence``: passages, measurements and tool results under ids that words cite
* ``moves``: what one reply of an agent says: a thought, and then calls, an answer, or nothing that can be read
* ``tagged_loop``: generate to a tag or a tool call, act, observe, repeat; ends by itself, by rule or by a last question
* ``tool_options``: what an agent's tools answer from, and what may be called
* ``tool_use``: the tools of one case; which may be called, what was found, under which id it is cited
* ``panel``: opinions of several agents, rounds in which they read each other, a judge
* ``rulings``: votes, weights, fused ranks, indicators, what does not go together
* ``argumentation``: arguments that attack each other, and which can be held together
* ``refine``: draft, check, revise or widen
* ``final_turn``: the answer asked for once more, in its form

A block writes :class:`~workup.reasoning.Step` objects, so that one page shows an argument, a debate and a table of
likelihoods.
"""
