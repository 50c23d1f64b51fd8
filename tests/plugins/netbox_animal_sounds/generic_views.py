"""The generic views that every model has."""

from __future__ import annotations

from netbox.views import generic
from utilities.views import register_model_view


def register_views(model, form_class, table_class, template=None, **of_list):
    """Register the list of ``model``, with the attributes ``of_list``, and the views of one object."""

    @register_model_view(model, "list", path="", detail=False)
    class List(generic.ObjectListView):
        queryset = model.objects.all()
        table = table_class

    for name, value in of_list.items():
        setattr(List, name, value)

    @register_model_view(model)
    class Object(generic.ObjectView):
        queryset = model.objects.all()
        template_name = template

    @register_model_view(model, "add", detail=False)
    @register_model_view(model, "edit")
    class Edit(generic.ObjectEditView):
        queryset = model.objects.all()
        form = form_class

    @register_model_view(model, "delete")
    class Delete(generic.ObjectDeleteView):
        queryset = model.objects.all()
