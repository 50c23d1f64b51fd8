"""Actions that an event rule can perform. NetBox loads this module from 4.7 on."""

from __future__ import annotations

from netbox.event_rules import EventRuleAction

from .models import Animal

performed = []


class AnswerAction(EventRuleAction):
    slug = "netbox_animal_sounds.answer"
    label = "Have an animal answer"
    object_model = Animal
    object_required = True

    def enqueue(self, *, event_rule, event_context, action_object, action_data):
        performed.append((event_rule.name, action_object.name))


class SilenceAction(EventRuleAction):
    """An action that needs no object."""

    slug = "netbox_animal_sounds.silence"
    label = "Have all animals be silent"

    def enqueue(self, *, event_rule, event_context, action_object, action_data):
        performed.append((event_rule.name, action_object))


event_rule_actions = [AnswerAction, SilenceAction]
