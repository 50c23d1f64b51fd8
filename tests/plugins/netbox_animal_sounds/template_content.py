"""Template content: everywhere NetBox lets a plugin add to its pages, on one of its models and one of ours."""

from __future__ import annotations

from netbox.plugins import PluginTemplateExtension


class AnimalContent(PluginTemplateExtension):
    models = ["dcim.site", "netbox_animal_sounds.animal"]

    def left_page(self):
        return self.render(
            "netbox_animal_sounds/inc/content.html", extra_context={"place": f"left of {self.context['object']}"}
        )

    def right_page(self):
        return "<p>animal content: right</p>"

    def full_width_page(self):
        return "<p>animal content: full width</p>"

    def buttons(self):
        return "<a>animal content: buttons</a>"

    def list_buttons(self):
        return "<a>animal content: list buttons</a>"

    def alerts(self):
        return "<p>animal content: alerts</p>"


class PageContent(PluginTemplateExtension):
    """Without models, so on every page."""

    def navbar(self):
        return "<span>animal content: navigation bar</span>"

    def head(self):
        """From 4.3 on."""
        return '<meta name="animal-content" content="head">'


template_extensions = [AnimalContent, PageContent]
