"""Views: all generic views of a model, a tab on a model of its own, and a tab on one of NetBox's."""

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


@register_model_view(Animal, "list", path="", detail=False)
class AnimalListView(generic.ObjectListView):
    queryset = Animal.objects.all()
    table = AnimalTable
    filterset = AnimalFilterSet
    filterset_form = AnimalFilterForm


@register_model_view(Animal)
class AnimalView(generic.ObjectView):
    queryset = Animal.objects.all()


@register_model_view(Animal, "add", detail=False)
@register_model_view(Animal, "edit")
class AnimalEditView(generic.ObjectEditView):
    queryset = Animal.objects.all()
    form = AnimalForm


@register_model_view(Animal, "delete")
class AnimalDeleteView(generic.ObjectDeleteView):
    queryset = Animal.objects.all()


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


@register_model_view(Animal, "bulk_delete", path="delete", detail=False)
class AnimalBulkDeleteView(generic.BulkDeleteView):
    queryset = Animal.objects.all()
    filterset = AnimalFilterSet
    table = AnimalTable


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


@register_model_view(Sound, "list", path="", detail=False)
class SoundListView(generic.ObjectListView):
    queryset = Sound.objects.all()
    table = SoundTable
    filterset = SoundFilterSet
    filterset_form = SoundFilterForm


@register_model_view(Sound)
class SoundView(generic.ObjectView):
    queryset = Sound.objects.all()
    layout = sound_layout


@register_model_view(Sound, "add", detail=False)
@register_model_view(Sound, "edit")
class SoundEditView(generic.ObjectEditView):
    queryset = Sound.objects.all()
    form = SoundForm


@register_model_view(Sound, "delete")
class SoundDeleteView(generic.ObjectDeleteView):
    queryset = Sound.objects.all()


@register_model_view(Sound, "bulk_delete", path="delete", detail=False)
class SoundBulkDeleteView(generic.BulkDeleteView):
    queryset = Sound.objects.all()
    table = SoundTable
