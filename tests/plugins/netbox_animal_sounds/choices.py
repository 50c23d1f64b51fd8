"""A choice set, which an administrator can extend by FIELD_CHOICES."""

from __future__ import annotations

from utilities.choices import ChoiceSet


class SpeciesChoices(ChoiceSet):
    key = "Animal.species"

    COW = "cow"
    DOG = "dog"
    DUCK = "duck"

    CHOICES = [
        (COW, "Cow", "red"),
        (DOG, "Dog", "green"),
        (DUCK, "Duck", "blue"),
    ]
