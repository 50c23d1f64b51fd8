"""Actions that an event rule can perform, with every hook there is. NetBox loads this module from 4.7 on."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from netbox.event_rules import EventRuleAction

from .models import Animal

performed = []


class AnswerAction(EventRuleAction):
    slug = "netbox_animal_sounds.answer"
    label = "Have an animal answer"
    description = "Ducks are asleep"
    object_model = Animal
    object_required = True
    object_label = "Who answers"

    def get_object_queryset(self):
        return Animal.objects.exclude(species="duck")

    def resolve_import_object(self, value):
        return Animal.objects.get(name=value)

    def validate(self, *, action_object, action_data):
        if (action_data or {}).get("loudness", 0) > action_object.loudness:
            raise ValidationError({"action_data": f"{action_object} is not as loud as that."})

    def enqueue(self, *, event_rule, event_context, action_object, action_data):
        performed.append((event_rule.name, action_object.name))


class SilenceAction(EventRuleAction):
    """An action that needs no object."""

    slug = "netbox_animal_sounds.silence"
    label = "Have all animals be silent"

    def enqueue(self, *, event_rule, event_context, action_object, action_data):
        performed.append((event_rule.name, action_object))


event_rule_actions = [AnswerAction, SilenceAction]
