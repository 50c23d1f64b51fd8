"""Mutation testing of the package inside real NetBoxes: ``tox run -e mutation``.

Small changes are made to a copy of the package, one at a time; the tests of `tests.mutation.plan` must notice each.
What is known stays in the git-ignored folder ``.lab/mutation``, so a run that was interrupted goes on where it stopped.
"""
