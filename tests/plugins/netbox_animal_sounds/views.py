"""Views: the generic views of all models, a tab on a model of its own, and a tab on one of NetBox's."""

from __future__ import annotations

from dcim.models import Site
from netbox.views import generic
from utilities.views import ViewTab, register_model_view

from .filtersets import AnimalFilterSet, SoundFilterSet
from .forms import (
    AnimalBulkEditForm,
    AnimalFilterForm,
    AnimalForm,
    AnimalImportForm,
    SoundFilterForm,
    SoundForm,
)
from .layouts import sound_layout
from .models import Animal, Sound
from .tables import AnimalTable, SoundTable

GENERIC_VIEWS = (
    ("list", generic.ObjectListView, {"path": "", "detail": False}),
    ("", generic.ObjectView, {}),
    ("add", generic.ObjectEditView, {"detail": False}),
    ("edit", generic.ObjectEditView, {}),
    ("delete", generic.ObjectDeleteView, {}),
    ("bulk_delete", generic.BulkDeleteView, {"path": "delete", "detail": False}),
)


def register_generic_views(model, template_name=None, **attributes):
    """Register the views that every model has; each of them looks at those of the attributes that it needs."""
    for name, view, where in GENERIC_VIEWS:
        own = {"queryset": model.objects.all(), **attributes}
        if view is generic.ObjectView:
            own["template_name"] = template_name
        register_model_view(model, name, **where)(type(f"{model.__name__}{view.__name__}", (view,), own))


register_generic_views(
    Animal, table=AnimalTable, form=AnimalForm, filterset=AnimalFilterSet, filterset_form=AnimalFilterForm
)
register_generic_views(
    Sound,
    table=SoundTable,
    form=SoundForm,
    filterset=SoundFilterSet,
    filterset_form=SoundFilterForm,
    layout=sound_layout,
)


@register_model_view(Animal, "bulk_import", path="import", detail=False)
class AnimalBulkImportView(generic.BulkImportView):
    queryset = Animal.objects.all()
    model_form = AnimalImportForm


@register_model_view(Animal, "bulk_edit", path="edit", detail=False)
class AnimalBulkEditView(generic.BulkEditView):
    queryset = Animal.objects.all()
    filterset = AnimalFilterSet
    table = AnimalTable
    form = AnimalBulkEditForm


@register_model_view(Animal, "bulk_rename", path="rename", detail=False)
class AnimalBulkRenameView(generic.BulkRenameView):
    queryset = Animal.objects.all()


@register_model_view(Animal, "sounds")
class AnimalSoundsView(generic.ObjectChildrenView):
    queryset = Animal.objects.all()
    child_model = Sound
    table = SoundTable
    filterset = SoundFilterSet
    tab = ViewTab(label="Sounds it makes", badge=lambda animal: animal.sounds.count(), weight=500)

    def get_children(self, request, parent):
        return parent.sounds.restrict(request.user, "view")


@register_model_view(Site, "animals", path="animals-heard")
class SiteAnimalsView(generic.ObjectChildrenView):
    queryset = Site.objects.all()
    child_model = Animal
    table = AnimalTable
    filterset = AnimalFilterSet
    tab = ViewTab(
        label="Animals heard here",
        badge=lambda site: site.animals.count(),
        permission="netbox_animal_sounds.view_animal",
    )

    def get_children(self, request, parent):
        return parent.animals.restrict(request.user, "view")
