"""A page layout without a template of its own, where NetBox has layouts."""

from __future__ import annotations

try:
    # From 4.5 on; before that the template shows the sound itself.
    from netbox.ui import attrs, layout, panels
except ImportError:
    sound_layout = None
else:
    try:
        from netbox.ui.breadcrumbs import Breadcrumb
    except ImportError:
        Breadcrumb = None

    class SoundPanel(panels.ObjectAttributesPanel):
        animal = attrs.RelatedObjectAttr("animal", linkify=True)
        description = attrs.TextAttr("description")

    # From 4.7 on a layout has breadcrumbs.
    more = {"breadcrumbs": [Breadcrumb("animal")]} if Breadcrumb else {}
    sound_layout = layout.SimpleLayout(left_panels=[SoundPanel()], **more)
