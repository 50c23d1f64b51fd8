"""A choice set, which an administrator can extend by FIELD_CHOICES."""

from __future__ import annotations

from utilities.choices import ChoiceSet

try:
    # From 4.7 on: a choice has a description.
    from utilities.choices import Choice
except ImportError:

    def Choice(value, label, color=None, description=None):  # noqa: N802  it stands for a class
        return value, label, color


class SpeciesChoices(ChoiceSet):
    key = "Animal.species"

    COW = "cow"
    DOG = "dog"
    DUCK = "duck"

    CHOICES = [
        Choice(COW, "Cow", color="red", description="Gives milk"),
        Choice(DOG, "Dog", color="green"),
        (DUCK, "Duck", "blue"),
    ]
