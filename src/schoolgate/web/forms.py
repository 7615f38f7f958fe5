"""How forms look: each field with its label, hint, error and required mark, in the design system's markup.

`UswdsRenderer` is the FORM_RENDERER of the settings, so that `{{ form }}`, `{{ field.as_field_group }}` and
`{% include "components/field.html" with field=form.name %}` give the same.
"""

from collections.abc import Mapping

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.utils.functional import cached_property

# The first class that fits wins, so the narrower ones stand first.
CONTROL_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "usa-checkbox__input"),
    (forms.RadioSelect, "usa-radio__input"),
    (forms.CheckboxInput, "usa-checkbox__input"),
    (forms.Select, "usa-select"),
    (forms.Textarea, "usa-textarea"),
    (forms.FileInput, "sg-file"),
    (forms.Widget, "usa-input"),
)


class DayInput(forms.DateInput):
    """A day; the browser offers a calendar in the reader's own language."""

    input_type = "date"

    def __init__(self, attrs: Mapping[str, object] | None = None) -> None:
        super().__init__(attrs=dict(attrs or {}), format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    """A time of day."""

    input_type = "time"

    def __init__(self, attrs: Mapping[str, object] | None = None) -> None:
        super().__init__(attrs=dict(attrs or {}), format="%H:%M")


class MomentInput(forms.DateTimeInput):
    """A day with a time of day, in the district's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: Mapping[str, object] | None = None) -> None:
        super().__init__(attrs=dict(attrs or {}), format="%Y-%m-%dT%H:%M")


class ComboBox(forms.Select):
    """A long list that one types into; without a script, a plain list."""


class UswdsBoundField(BoundField):
    """A field of a form that knows how the design system draws it."""

    @cached_property
    def kind(self) -> str:
        """How `components/field.html` lays the field out: options, checkbox, combo or control."""
        widget = self.field.widget
        if isinstance(widget, forms.RadioSelect):  # checkboxes of several choices are a subclass
            return "options"
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        return "combo" if isinstance(widget, ComboBox) else "control"

    @property
    def several(self) -> bool:
        """Whether several options can be chosen."""
        return isinstance(self.field.widget, forms.CheckboxSelectMultiple)

    @property
    def first_id(self) -> str:
        """The id that the error summary's link goes to: the first control of the field."""
        return f"{self.auto_id}_0" if self.kind == "options" else self.id_for_label

    def build_widget_attrs(
        self, attrs: dict[str, str | bool], widget: forms.Widget | None = None
    ) -> dict[str, str | bool]:
        """Add the design system's classes to what Django gives a control."""
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        own = next(css for kind, css in CONTROL_CLASSES if isinstance(widget, kind))
        invalid = "usa-input--error" if self.errors and self.kind in {"control", "combo"} else ""
        given = (str(widget.attrs.get("class", "")), str(attrs.get("class", "")))
        built["class"] = " ".join(part for part in (own, invalid, *given) if part)
        return built


class UswdsRenderer(DjangoTemplates):
    """Django's own widget templates, our frame around them."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = UswdsBoundField
