"""What points to the row of an object type: a custom field, a tag, an event rule, a permission and so on.

NetBox's forms offer an object type while its row is public and has the feature in question. If a user edits something
that points to a hidden row, saving loses that assignment, because the form no longer offers it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from ..report import error_text

logger = logging.getLogger(__name__)

NAMED = 3
"""How many of the objects that point to a row are named."""


def relations() -> Iterator[Any]:
    """Yield each field of an installed model that points to object types; no database.

    Left out are halves of generic foreign keys, which point to an object that is gone with its plugin; what Django
    keeps for itself, such as the permissions that it makes for every model; and the tables of many-to-many fields.
    """
    from core.models import ObjectType
    from django.contrib.contenttypes.fields import GenericForeignKey
    from django.contrib.contenttypes.models import ContentType

    for target in (ContentType, ObjectType):
        relation: Any
        for relation in target._meta.get_fields(include_parents=False, include_hidden=True):
            if relation.concrete or not relation.auto_created or getattr(relation, "parent_link", False):
                continue
            model, field = relation.related_model, relation.field
            generic = {part.ct_field for part in model._meta.private_fields if isinstance(part, GenericForeignKey)}
            if field.name in generic or model._meta.auto_created or model.__module__.startswith("django."):
                continue
            yield field


def references(keys: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return what points to the rows with these primary keys, as text: how many objects of each kind, and names.

    One query for each of :func:`relations`, and one more for each that points to one of the rows. A field that cannot
    be queried, for example because its table is missing, counts as pointing to all of them. So does whatever there may
    be if Django cannot list the fields: it asks every app for its models.
    """
    found: dict[int, list[str]] = defaultdict(list)
    try:
        fields = list(relations()) if keys else []
    except Exception as error:
        logger.warning("What points to object types cannot be listed: %s", error_text(error))
        return dict.fromkeys(keys, (f"perhaps something (it cannot be listed: {error_text(error)})",))
    for field in fields:
        try:
            with transaction.atomic(using=DEFAULT_DB_ALIAS):
                pointing = _pointing(field, keys)
        except Exception as error:
            logger.warning("%s cannot be queried for what it points to: %s", field, error_text(error))
            pointing = dict.fromkeys(keys, f"perhaps {field.model._meta.verbose_name_plural}")
        for key, text in pointing.items():
            found[key].append(text)
    return {key: tuple(texts) for key, texts in found.items()}


def _pointing(field: Any, keys: Collection[int]) -> dict[int, str]:
    model = field.model
    objects = model._base_manager.using(DEFAULT_DB_ALIAS)
    pairs = objects.filter(**{f"{field.name}__in": keys}).order_by("pk").values_list(field.name, "pk").distinct()
    by_key: dict[int, list[Any]] = defaultdict(list)
    for key, primary_key in pairs:
        by_key[key].append(primary_key)
    some = objects.in_bulk([primary_key for found in by_key.values() for primary_key in found[:NAMED]])
    options = model._meta
    texts = {}
    for key, found in by_key.items():
        kind = options.verbose_name if len(found) == 1 else options.verbose_name_plural
        names = [_name(some[primary_key]) for primary_key in found[:NAMED] if primary_key in some]
        more = ", …" if len(found) > NAMED else ""
        texts[key] = f"{len(found)} {kind} ({', '.join(names)}{more})"
    return texts


def _name(thing: Any) -> str:
    try:
        return str(thing)
    except Exception:
        # A plugin's own __str__().
        return f"with the id {thing.pk}"
