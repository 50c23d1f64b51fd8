"""A custom field and a tag for a plugin's model can be saved through NetBox's own pages."""

from __future__ import annotations

import pytest
from core.models import ObjectType
from django.contrib.auth import get_user_model
from django.urls import reverse
from extras.models import CustomField, Tag
from late_models.models import Late

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser_client(client):
    user = get_user_model().objects.create_superuser("reloader", "reloader@example.com", "reloader")
    client.force_login(user)
    return client


@pytest.fixture
def object_type():
    return ObjectType.objects.get_for_model(Late)


def save(client, view_name, data):
    response = client.post(reverse(view_name), data)
    errors = response.context["form"].errors if response.status_code == 200 and response.context else response
    assert response.status_code == 302, errors


def test_a_custom_field(superuser_client, object_type):
    assert f'value="{object_type.pk}"' in superuser_client.get(reverse("extras:customfield_add")).content.decode()
    data = {
        "object_types": [object_type.pk],
        "type": "text",
        "name": "loudness",
        "search_weight": 1000,
        "filter_logic": "loose",
        "ui_visible": "always",
        "ui_editable": "yes",
        "weight": 100,
    }
    save(superuser_client, "extras:customfield_add", data)
    custom_field = CustomField.objects.get(name="loudness")
    assert [kind.pk for kind in custom_field.object_types.all()] == [object_type.pk]
    assert custom_field in CustomField.objects.get_for_model(Late)


def test_a_tag(superuser_client, object_type):
    assert f'value="{object_type.pk}"' in superuser_client.get(reverse("extras:tag_add")).content.decode()
    data = {"name": "Loud", "slug": "loud", "color": "ff0000", "weight": 100, "object_types": [object_type.pk]}
    save(superuser_client, "extras:tag_add", data)
    tag = Tag.objects.get(slug="loud")
    assert [kind.pk for kind in tag.object_types.all()] == [object_type.pk]
    late = Late.objects.create(name="Late")
    late.tags.add(tag)
    assert list(Late.objects.filter(tags=tag)) == [late]
